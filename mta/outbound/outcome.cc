#include "mta/outbound/outcome.h"

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::mta::outbound {
namespace {

using Kind = queue::Outcome::Kind;

constexpr size_t kMaxTextBytes = 512;

queue::Outcome Ours(Kind kind, absl::string_view status,
                    absl::string_view text) {
  return {kind, std::string(status), Printable(text, kMaxTextBytes), ""};
}

Kind KindOf(const smtp::Reply& reply) {
  switch (reply.kind()) {
    case 2:
      return Kind::kDelivered;
    case 5:
      return Kind::kFailed;
    default:
      return Kind::kDeferred;
  }
}

std::string StatusOf(const smtp::Reply& reply) {
  if (!reply.status.empty()) return reply.status;
  const int kind = reply.kind();
  return kind == 2 || kind == 5 ? absl::StrCat(kind, ".0.0") : "4.0.0";
}

}  // namespace

queue::Outcome OutcomeOf(const smtp::Reply& reply, absl::string_view host,
                         Cause stage) {
  queue::Outcome outcome =
      host.empty() ? Ours(KindOf(reply), StatusOf(reply), reply.text)
                   : queue::Outcome{KindOf(reply), StatusOf(reply),
                                    reply.ToString(), std::string(host)};
  outcome.cause = stage;
  return outcome;
}

queue::Outcome Delivered(absl::string_view status, absl::string_view text) {
  queue::Outcome outcome = Ours(Kind::kDelivered, status, text);
  outcome.handover = queue::Outcome::Handover::kMailbox;
  return outcome;
}

queue::Outcome Deferred(Cause cause, absl::string_view status,
                        absl::string_view text) {
  queue::Outcome outcome = Ours(Kind::kDeferred, status, text);
  outcome.cause = cause;
  return outcome;
}

queue::Outcome Softened(queue::Outcome outcome) {
  if (outcome.kind == Kind::kFailed) {
    outcome.kind = Kind::kDeferred;
    outcome.status[0] = '4';
  }
  return outcome;
}

queue::Outcome TooManyWait() {
  return Deferred(Cause::kLimit, "4.4.5",
                  "too many messages wait for this next hop");
}

queue::Outcome Suspended(absl::string_view reason) {
  return Deferred(Cause::kSuspended, "4.3.2",
                  absl::StrCat("delivery is suspended by the operator",
                               reason.empty() ? "" : ": ", reason));
}

queue::Outcome Failed(absl::string_view status, absl::string_view text) {
  return Ours(Kind::kFailed, status, text);
}

}  // namespace postern::mta::outbound
