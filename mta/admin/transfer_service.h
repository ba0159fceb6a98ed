// Mail out of the queue and into it: postern.admin.v1.QueueTransfer over gRPC.
//
// Threads: runs on gRPC's threads.

#ifndef POSTERN_MTA_ADMIN_TRANSFER_SERVICE_H_
#define POSTERN_MTA_ADMIN_TRANSFER_SERVICE_H_

#include <memory>

#include "lib/base/clock.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"

namespace grpc {
class Service;
}

namespace postern::mta::admin {

// All of them must outlive the service.
std::unique_ptr<grpc::Service> MakeTransferService(queue::Spool& spool,
                                                   queue::Scheduler& scheduler,
                                                   const Clock& clock);

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_TRANSFER_SERVICE_H_
