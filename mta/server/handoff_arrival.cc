#include "mta/server/handoff_arrival.h"

#include <algorithm>
#include <utility>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/queue/handed_over.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {

using queue::Arrivals;
using smtp::ReplyError;

HandoffArrival::~HandoffArrival() {
  if (is_claimed_) arrivals_.End(envelope_, std::nullopt);
}

void HandoffArrival::Begin(absl::string_view envelope, int64_t content_bytes) {
  refusal_ = Take(envelope, content_bytes);
  if (incoming_ != nullptr) {
    sink_ = std::make_unique<SpoolSink>(*incoming_);
  } else {
    sink_ = std::make_unique<DiscardSink>();
  }
}

absl::Status HandoffArrival::Take(absl::string_view envelope,
                                  int64_t content_bytes) {
  // Otherwise it would come back, or go round among those that all stop.
  if (conversation_.parts.drain.is_announced()) {
    return ReplyError({451, "4.3.2", "Error: this relay is stopping as well"});
  }
  ASSIGN_OR_RETURN(envelope_, queue::ParseHandedOver(envelope, content_bytes));
  // Whatever the clock there says.
  const int64_t now_us = absl::ToUnixMicros(conversation_.parts.clock.Now());
  envelope_.set_queued_us(std::min(envelope_.queued_us(), now_us));
  const Arrivals::Claim claim = arrivals_.Begin(envelope_);
  if (claim.state == Arrivals::State::kKnown) {
    known_ = claim.id;
    return absl::OkStatus();
  }
  if (claim.state == Arrivals::State::kBusy) {
    return ReplyError({451, "4.3.0", "Error: it is just coming in"});
  }
  is_claimed_ = true;
  RETURN_IF_ERROR(conversation_.parts.spool.CanAccept(content_bytes));
  incoming_ = conversation_.parts.spool.Begin();
  return absl::OkStatus();
}

ContentSink& HandoffArrival::sink() { return *sink_; }

net::Task<absl::StatusOr<std::string>> HandoffArrival::Commit(
    absl::Status content) {
  HandoffMeters& meters = conversation_.parts.meters.handoff;
  if (known_) {
    meters.known.Increment();
    const std::string queue_id = known_->ToString();
    Report("handoff_known", queue_id);
    co_return queue_id;
  }
  absl::Status stored = refusal_;
  stored.Update(content);
  if (stored.ok()) {
    stored = co_await incoming_->Commit(envelope_);
    // It may be there although nobody knows: not once more before a restart.
    if (absl::IsDeadlineExceeded(stored)) is_claimed_ = false;
  }
  if (!stored.ok()) {
    meters.refused.Increment();
    log::Warning("handoff_refused",
                 {{"session", conversation_.id},
                  {"client", conversation_.client.address_text()},
                  {"error", stored}});
    co_return stored;
  }
  arrivals_.End(envelope_, incoming_->id());
  is_claimed_ = false;
  meters.accepted.Increment();
  Report("handoff_accepted", incoming_->queue_id());
  co_return incoming_->queue_id();
}

void HandoffArrival::Report(absl::string_view event,
                            absl::string_view queue_id) const {
  const queue::QueueId origin = {envelope_.origins(0).queue_id()};
  log::Info(event, {{"session", conversation_.id},
                    {"queue_id", queue_id},
                    {"client", conversation_.client.address_text()},
                    {"origin_queue_id", origin.ToString()},
                    {"from", envelope_.sender()},
                    {"recipients", envelope_.recipients_size()},
                    {"size", envelope_.size_bytes()},
                    {"handoffs", envelope_.handoffs()}});
}

}  // namespace postern::mta::server
