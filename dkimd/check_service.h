// postern.check.v1.Dkim on the admin socket: verifies and signs messages that
// come by themselves.
//
// Threads: gRPC's; what waits runs on a reactor.

#ifndef POSTERN_DKIMD_CHECK_SERVICE_H_
#define POSTERN_DKIMD_CHECK_SERVICE_H_

#include <memory>

#include "dkimd/filter.h"
#include "lib/base/clock.h"
#include "lib/daemon/daemon.h"
#include "lib/dkim/key_finder.h"
#include "lib/net/runtime.h"

namespace grpc {
class Service;
}

namespace postern::dkimd {

// What the service works with; all must outlive it.
struct CheckParts {
  Filter& filter;  // Its settings, and its private keys.
  dkim::KeyFinder& public_keys;
  const Clock& clock;
  net::Runtime& runtime;
};

// Adds the service to the admin server.
void AddCheckService(daemon::Daemon& daemon, CheckParts parts);

// The service by itself; whoever calls this must know grpc::Service.
std::unique_ptr<grpc::Service> MakeCheckService(CheckParts parts);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_CHECK_SERVICE_H_
