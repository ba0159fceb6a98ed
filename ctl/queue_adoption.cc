#include "ctl/queue_adoption.h"

#include <filesystem>
#include <memory>
#include <ostream>
#include <utility>

#include "absl/status/status.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/json.h"
#include "lib/base/status_macros.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::ctl {
namespace {

using ::postern::admin::v1::AdoptResponse;
using ::postern::admin::v1::Queue;

// Asks until nothing is left, or nothing moves.
absl::Status Adopt(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {}, .switches = {}, .at_least = 1, .at_most = 1}));
  admin::v1::AdoptRequest request;
  request.set_directory(std::filesystem::absolute(arguments.rest()[0]));
  const std::unique_ptr<Queue::Stub> relay =
      Queue::NewStub(Connect("mta", invocation.server));
  AdoptResponse total;
  absl::Status status;
  while (true) {
    AdoptResponse response;
    Call call;
    status = FromGrpc(relay->Adopt(call.context(), request, &response));
    if (!status.ok()) break;
    const bool goes_on = response.left() > 0 && response.messages() > 0;
    response.set_messages(total.messages() + response.messages());
    total = std::move(response);
    if (!goes_on) break;
  }
  if (!status.ok() && total.messages() == 0) return status;
  if (invocation.json) {
    RETURN_IF_ERROR(PrintJson(total, out));
    return status;
  }
  out << "Adopted: " << total.messages() << "\n";
  if (total.left() > 0) out << "Left: " << total.left() << "\n";
  for (const auto& message : total.damaged()) {
    out << "Damaged, left there: " << message.queue_id() << " "
        << message.damage() << "\n";
  }
  return status;
}

}  // namespace

Verb AdoptVerb() {
  return {"queue adopt", "DIRECTORY",
          "Takes over the queue directory of a relay that is gone.", Adopt};
}

}  // namespace postern::ctl
