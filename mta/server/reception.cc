#include "mta/server/reception.h"

#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/server/content_sink.h"
#include "mta/server/intake.h"
#include "mta/server/problem_reply.h"
#include "mta/server/trace_header.h"

namespace postern::mta::server {

using Problem = smtp::DataReader::Problem;

absl::StatusOr<std::string> Reception::Open(int64_t size_bytes) {
  RETURN_IF_ERROR(conversation_.parts.spool.CanAccept(size_bytes));
  incoming_ = conversation_.parts.spool.Begin();
  return incoming_->queue_id();
}

net::Task<absl::StatusOr<Problem>> Reception::Receive() {
  const std::string fields = co_await TraceFields();
  received_ = co_await incoming_->Append(fields);
  SpoolSink sink(*incoming_);
  Intake intake(*conversation_.settings, conversation_.stream,
                conversation_.reader);
  CO_RETURN_IF_ERROR(co_await intake.Receive(sink, conversation_.end));
  received_.Update(intake.stored());
  if (intake.problem() != Problem::kNone) ReportBad(intake.problem());
  co_return intake.problem();
}

net::Task<absl::Status> Reception::Store() {
  const Transaction& transaction = *conversation_.dialogue.transaction();
  const Clock& clock = conversation_.parts.clock;
  const absl::Time ended = clock.Now();
  absl::Status stored = received_;
  Meters& meters = conversation_.parts.meters;
  if (stored.ok() && transaction.actions().discard) {
    meters.discarded_messages.Increment();
    Report("discarded");
    co_return stored;
  }
  if (stored.ok()) stored = co_await Commit();
  meters.commit_seconds.Observe(absl::ToDoubleSeconds(clock.Now() - ended));
  if (stored.ok()) {
    ++messages_;
    meters.accepted_messages.Increment();
    meters.accepted_bytes.Increment(
        static_cast<double>(incoming_->size_bytes()));
    Report("accepted");
  } else {
    meters.failed_messages.Increment();
    log::Error("spool_failed", {{"session", conversation_.id},
                                {"queue_id", incoming_->queue_id()},
                                {"error", stored}});
  }
  co_return stored;
}

net::Task<absl::Status> Reception::Commit() {
  Client& client = conversation_.client;
  const dns::ClientName name = co_await client.Name();
  spool::v1::Envelope envelope =
      conversation_.dialogue.transaction()->ToEnvelope();
  envelope.set_client_address(client.address_text());
  envelope.set_client_name(name.verified_name);
  envelope.set_helo_name(conversation_.dialogue.helo_name());
  envelope.set_session(conversation_.id);
  co_return co_await incoming_->Commit(std::move(envelope));
}

// Returns what we put in front of the message.
net::Task<std::string> Reception::TraceFields() {
  const dns::ClientName name = co_await conversation_.client.Name();
  const Transaction& transaction = *conversation_.dialogue.transaction();
  std::string fields;
  for (const std::string& header : transaction.actions().headers) {
    if (AppendHeader(header, fields)) continue;
    log::Warning("not_a_header",
                 {{"session", conversation_.id}, {"header", header}});
  }
  const std::vector<std::string>& recipients = transaction.recipients();
  fields += FormatReceived(
      {.helo_name = conversation_.dialogue.helo_name(),
       .client_name = name.verified_name,
       .client_address = conversation_.client.address(),
       .myhostname = conversation_.settings->dialogue.myhostname,
       .is_esmtp = conversation_.dialogue.is_esmtp(),
       .queue_id = transaction.queue_id(),
       .only_recipient =
           recipients.size() == 1 ? absl::string_view(recipients.front()) : "",
       .now = conversation_.parts.clock.Now()});
  co_return fields;
}

void Reception::Report(absl::string_view event) const {
  const Dialogue& dialogue = conversation_.dialogue;
  log::Info(event, {{"session", conversation_.id},
                    {"queue_id", incoming_->queue_id()},
                    {"client", conversation_.client.address_text()},
                    {"helo", dialogue.helo_name()},
                    {"from", dialogue.transaction()->sender()},
                    {"recipients", dialogue.transaction()->recipients().size()},
                    {"size", incoming_->size_bytes()}});
}

void Reception::ReportBad(Problem problem) const {
  const Dialogue& dialogue = conversation_.dialogue;
  conversation_.parts.meters.CountBadMessage(problem);
  log::Info("reject", {{"session", conversation_.id},
                       {"queue_id", incoming_->queue_id()},
                       {"client", conversation_.client.address_text()},
                       {"helo", dialogue.helo_name()},
                       {"from", dialogue.transaction()->sender()},
                       {"reply", ReplyToProblem(problem).ToString()}});
}

}  // namespace postern::mta::server
