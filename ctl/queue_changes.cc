#include "ctl/queue_changes.h"

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/json.h"
#include "ctl/queue_selection.h"
#include "lib/base/status_macros.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::ctl {
namespace {

using ::postern::admin::v1::ChangeRequest;
using ::postern::admin::v1::ChangeResponse;
using ::postern::admin::v1::Queue;

// Asks once; the request says where to go on.
using Ask = std::function<grpc::Status(Queue::Stub&, grpc::ClientContext*,
                                       const ChangeRequest&, ChangeResponse*)>;

// Asks until everything is done and says to how many.
absl::Status DoAll(const Invocation& invocation, ChangeRequest request,
                   const Ask& ask, const char* done, std::ostream& out) {
  const std::unique_ptr<Queue::Stub> relay =
      Queue::NewStub(Connect("mta", invocation.server));
  ChangeResponse total;
  do {
    ChangeResponse response;
    Call call;
    const absl::Status status =
        FromGrpc(ask(*relay, call.context(), request, &response));
    if (!status.ok()) {
      if (total.messages() > 0) out << done << ": " << total.messages() << "\n";
      return status;
    }
    total.set_messages(total.messages() + response.messages());
    total.set_busy(total.busy() + response.busy());
    request.set_after(response.next());
    request.set_until(response.until());
  } while (!request.after().empty());
  if (invocation.json) return PrintJson(total, out);
  out << (request.dry_run() ? "Would be changed" : done) << ": "
      << total.messages() << "\n";
  if (total.busy() > 0) {
    out << "Being delivered right now, left alone: " << total.busy() << "\n";
  }
  return absl::OkStatus();
}

using Method = grpc::Status (Queue::Stub::*)(grpc::ClientContext*,
                                             const ChangeRequest&,
                                             ChangeResponse*);

absl::Status Change(const Invocation& invocation, Method method,
                    const char* done, std::ostream& out) {
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, SelectionSyntax()));
  ASSIGN_OR_RETURN(ChangeRequest request,
                   SelectionFrom(arguments, arguments.rest()));
  return DoAll(
      invocation, std::move(request),
      [method](Queue::Stub& relay, grpc::ClientContext* context,
               const ChangeRequest& asked, ChangeResponse* response) {
        return (relay.*method)(context, asked, response);
      },
      done, out);
}

absl::Status BounceMessages(const Invocation& invocation, std::ostream& out) {
  Syntax syntax = SelectionSyntax();
  syntax.options.insert("--text");
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, syntax));
  ASSIGN_OR_RETURN(ChangeRequest change,
                   SelectionFrom(arguments, arguments.rest()));
  return DoAll(
      invocation, std::move(change),
      [&arguments](Queue::Stub& relay, grpc::ClientContext* context,
                   const ChangeRequest& asked, ChangeResponse* response) {
        admin::v1::BounceRequest request;
        *request.mutable_change() = asked;
        request.set_text(arguments.Value("--text"));
        return relay.Bounce(context, request, response);
      },
      "Bounced", out);
}

absl::Status RedirectMessages(const Invocation& invocation, std::ostream& out) {
  Syntax syntax = SelectionSyntax();
  syntax.switches.insert("--yes");
  syntax.at_least = 1;
  syntax.at_most = kMostQueueIds + 1;
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, syntax));
  std::vector<std::string> ids = arguments.rest();
  const std::string address = std::move(ids.back());
  ids.pop_back();
  ASSIGN_OR_RETURN(ChangeRequest change, SelectionFrom(arguments, ids));
  if (change.selection().queue_ids().empty() && !change.dry_run() &&
      !arguments.Has("--yes")) {
    return absl::InvalidArgumentError(
        "this sends other people's mail elsewhere: look with --dry-run, then "
        "say --yes");
  }
  return DoAll(
      invocation, std::move(change),
      [&address](Queue::Stub& relay, grpc::ClientContext* context,
                 const ChangeRequest& asked, ChangeResponse* response) {
        admin::v1::RedirectRequest request;
        *request.mutable_change() = asked;
        request.set_address(address);
        return relay.Redirect(context, request, response);
      },
      "Redirected", out);
}

Verb Simple(const char* name, Method method, const char* done,
            const char* about) {
  return {name, "QUEUE-ID... | FILTER | --all [--dry-run]", about,
          [method, done](const Invocation& invocation, std::ostream& out) {
            return Change(invocation, method, done, out);
          }};
}

}  // namespace

std::vector<Verb> QueueChangeVerbs() {
  return {
      Simple("queue flush", &Queue::Stub::Flush, "Due now",
             "Makes deferred mail due now."),
      Simple("queue delete", &Queue::Stub::Delete, "Deleted",
             "Deletes mail without telling its sender."),
      Simple("queue hold", &Queue::Stub::Hold, "Held",
             "Holds mail: it is not tried until it is released."),
      Simple("queue release", &Queue::Stub::Release, "Due now",
             "Makes held mail due now."),
      Simple("queue requeue", &Queue::Stub::Requeue, "Requeued",
             "Begins anew: rewrites recipients again, forgets failures."),
      {"queue bounce", "QUEUE-ID... | FILTER | --all [--text TEXT] [--dry-run]",
       "Returns mail to its sender now.", BounceMessages},
      {"queue redirect",
       "QUEUE-ID... | FILTER | --all [--yes] [--dry-run] ADDRESS",
       "Sends mail to another recipient instead.", RedirectMessages},
  };
}

}  // namespace postern::ctl
