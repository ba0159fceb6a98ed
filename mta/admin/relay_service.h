// What the relay is doing and how to slow it down, for the operator:
// postern.admin.v1.Relay over gRPC.
//
// Threads: runs on gRPC's threads.

#ifndef POSTERN_MTA_ADMIN_RELAY_SERVICE_H_
#define POSTERN_MTA_ADMIN_RELAY_SERVICE_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "lib/base/clock.h"
#include "lib/net/drain.h"
#include "mta/outbound/pool.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"

namespace grpc {
class Service;
}

namespace postern::mta::admin {

// All of them must outlive the service.
struct RelayParts {
  const queue::Spool& spool;
  const queue::Scheduler& scheduler;
  outbound::Pool& pool;
  const net::Drain& drain;
  const Clock& clock;
  // Reads the configuration again and returns what came of it.
  std::function<absl::Status()> reload;
  // Has the program drain and end; returns at once.
  std::function<void()> stop;
};

std::unique_ptr<grpc::Service> MakeRelayService(RelayParts parts);

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_RELAY_SERVICE_H_
