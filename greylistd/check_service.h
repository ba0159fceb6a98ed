// postern.check.v1.Greylist on the admin socket: Operations over gRPC.
//
// Threads: gRPC's; each call runs its task on a reactor and waits for it.

#ifndef POSTERN_GREYLISTD_CHECK_SERVICE_H_
#define POSTERN_GREYLISTD_CHECK_SERVICE_H_

#include <memory>

#include "greylistd/operations.h"
#include "lib/daemon/daemon.h"
#include "lib/net/runtime.h"

namespace grpc {
class Service;
}

namespace postern::greylistd {

// Adds the service to the admin server. `operations` must live as long as the
// daemon.
void AddCheckService(daemon::Daemon& daemon, Operations& operations);

// The service by itself; whoever calls this must know grpc::Service. Both must
// outlive it.
std::unique_ptr<grpc::Service> MakeCheckService(Operations& operations,
                                                net::Runtime& runtime);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_CHECK_SERVICE_H_
