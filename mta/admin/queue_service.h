// The queue for the operator: postern.admin.v1.Queue over gRPC.
//
// Threads: runs on gRPC's threads.

#ifndef POSTERN_MTA_ADMIN_QUEUE_SERVICE_H_
#define POSTERN_MTA_ADMIN_QUEUE_SERVICE_H_

#include <memory>

#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"

namespace grpc {
class Service;
}

namespace postern::mta::admin {

// Both must outlive the service.
std::unique_ptr<grpc::Service> MakeQueueService(queue::Spool& spool,
                                                queue::Scheduler& scheduler);

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_QUEUE_SERVICE_H_
