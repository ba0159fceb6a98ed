#include "mta/server/session.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "mta/server/trace_header.h"

namespace postern::mta::server {
namespace {

using Problem = smtp::DataReader::Problem;
using Next = Step::Next;

constexpr size_t kSessionNameLetters = 12;
// RFC 5321 section 4.5.3.1.4 wants 512; address and parameters may need more.
constexpr size_t kMaxLineBytes = 2048;
constexpr size_t kMaxSkippedBytes = 64 << 10;
// Replies of one group, before they are sent without waiting for its end.
constexpr size_t kMaxUnsentBytes = 16 << 10;

std::string NameOrUnknown(const std::string& name) {
  return name.empty() ? "unknown" : name;
}

}  // namespace

Session::Session(SessionParts parts, std::shared_ptr<const Settings> settings,
                 net::Stream stream)
    : parts_(parts),
      settings_(std::move(settings)),
      stream_(std::move(stream)),
      id_(RandomName(kSessionNameLetters)),
      client_address_(stream_.peer_address().ToString()),
      end_(net::Deadline::After(settings_->session_time_limit)),
      client_name_(
          parts_.client_names.Begin(stream_.peer_address(), parts_.drain)),
      reader_(kMaxLineBytes, kMaxSkippedBytes),
      dialogue_(settings_->dialogue, id_) {}

net::Task<> Session::Run() {
  parts_.meters.sessions.Increment();
  parts_.meters.open_sessions.Add(1);
  const net::DrainWatch watch(parts_.drain, [this] {
    if (is_idle_) stream_.Interrupt();
  });
  const absl::Status end = co_await Converse();
  SayLast(end);
  ReportEnd(end);
  parts_.meters.open_sessions.Add(-1);
}

net::Task<absl::Status> Session::Converse() {
  if (stream_.HasInput()) {  // MTA-10.
    parts_.meters.early_talkers.Increment();
    Say(dialogue_.TooEarly());
    co_return co_await Flush();
  }
  Say(dialogue_.Greeting());
  while (true) {
    const std::optional<net::Line> line = reader_.Next();
    if (!line) {
      CO_RETURN_IF_ERROR(co_await Flush());
      CO_RETURN_IF_ERROR(co_await ReadMore());
      continue;
    }
    line_deadline_.reset();
    ++commands_;
    Step step = dialogue_.OnLine(*line, !reader_.Buffered().empty());
    parts_.meters.CountCommand(dialogue_.verb());
    CO_ASSIGN_OR_RETURN(step, co_await Resolve(std::move(step)));
    Say(step.reply);
    if (step.next == Next::kClose) co_return co_await Flush();
    if (out_.size() > kMaxUnsentBytes) CO_RETURN_IF_ERROR(co_await Flush());
  }
}

// Reads once. All reads for one line have the same deadline (MTA-39).
net::Task<absl::Status> Session::ReadMore() {
  if (!line_deadline_) {
    line_deadline_ = std::min(net::Deadline::After(settings_->timeout), end_);
  }
  is_idle_ = dialogue_.transaction() == nullptr && reader_.Buffered().empty();
  if (is_idle_ && parts_.drain.has_begun()) {
    co_return absl::CancelledError("draining");
  }
  const absl::StatusOr<size_t> n =
      co_await stream_.Read(reader_.Space(), *line_deadline_);
  is_idle_ = false;
  if (!n.ok()) co_return n.status();
  if (*n == 0) co_return absl::OutOfRangeError("the client hung up");
  reader_.Fill(*n);
  co_return absl::OkStatus();
}

net::Task<absl::Status> Session::Flush() {
  if (out_.empty()) co_return absl::OkStatus();
  const net::Deadline deadline =
      std::min(net::Deadline::After(settings_->timeout), end_);
  const absl::Status written = co_await stream_.Write(out_, deadline);
  out_.clear();
  co_return written;
}

void Session::Say(const smtp::Reply& reply) {
  parts_.meters.CountReply(reply.kind());
  reply.AppendTo(out_);
}

net::Task<absl::StatusOr<Step>> Session::Resolve(Step step) {
  switch (step.next) {
    case Next::kGoOn:
    case Next::kClose:
      break;
    case Next::kSender: {
      const int64_t size = dialogue_.command().size_bytes;
      co_return dialogue_.OnRoom(parts_.spool.CanAccept(size));
    }
    case Next::kRecipient: {
      Step checked = co_await CheckRecipient();
      co_return checked;
    }
    case Next::kMessage: {
      absl::StatusOr<Step> received =
          co_await ReceiveMessage(std::move(step.reply));
      co_return received;
    }
  }
  co_return step;
}

net::Task<Step> Session::CheckRecipient() {
  const mail::Address& address = dialogue_.command().address;
  const std::string recipient = address.ToString();
  dns::ClientName name;
  if (settings_->lists.asks_policy_services()) {
    name = co_await client_name_->Name();
  }
  const std::string client_name = NameOrUnknown(name.verified_name);
  const std::string reverse_name = NameOrUnknown(name.reverse_name);
  const Transaction& transaction = *dialogue_.transaction();
  restrictions::Facts facts;
  facts.is_in_mynetworks = settings_->IsInMynetworks(stream_.peer_address());
  facts.recipient_class = settings_->classes.ClassOf(address);
  facts.question = {.protocol_name = dialogue_.is_esmtp() ? "ESMTP" : "SMTP",
                    .client_address = client_address_,
                    .client_port = stream_.peer().port,
                    .client_name = client_name,
                    .reverse_client_name = reverse_name,
                    .server_address = stream_.local().host,
                    .server_port = stream_.local().port,
                    .helo_name = dialogue_.helo_name(),
                    .sender = transaction.sender(),
                    .recipient = recipient,
                    .instance = transaction.instance(),
                    .size_bytes = transaction.declared_bytes(),
                    .session = id_};
  restrictions::Decision decision = co_await settings_->lists.Decide(facts);
  parts_.meters.CountRecipient(decision.reason);
  if (decision.refusal) {
    log::Info("reject", {{"session", id_},
                         {"client", client_address_},
                         {"helo", dialogue_.helo_name()},
                         {"from", transaction.sender()},
                         {"to", recipient},
                         {"reason", ReasonName(decision.reason)},
                         {"reply", decision.refusal->ToString()}});
  }
  co_return dialogue_.OnDecision(std::move(decision));
}

net::Task<absl::StatusOr<Step>> Session::ReceiveMessage(smtp::Reply go_ahead) {
  Say(go_ahead);
  CO_RETURN_IF_ERROR(co_await Flush());
  const dns::ClientName name = co_await client_name_->Name();
  std::unique_ptr<queue::Incoming> incoming = parts_.spool.Begin();
  const std::string fields =
      TraceFields(incoming->queue_id(), NameOrUnknown(name.verified_name));
  Intake intake(*settings_, stream_, reader_);
  CO_RETURN_IF_ERROR(co_await intake.Receive(*incoming, fields, end_));
  Step step = co_await StoreMessage(std::move(incoming), intake);
  co_return step;
}

net::Task<Step> Session::StoreMessage(std::unique_ptr<queue::Incoming> incoming,
                                      const Intake& intake) {
  const std::string queue_id = incoming->queue_id();
  const Transaction& transaction = *dialogue_.transaction();
  if (intake.problem() != Problem::kNone) {
    const std::string from = transaction.sender();
    const Step step = dialogue_.OnBadMessage(intake.problem());
    parts_.meters.CountBadMessage(intake.problem());
    log::Info("reject", {{"session", id_},
                         {"queue_id", queue_id},
                         {"client", client_address_},
                         {"helo", dialogue_.helo_name()},
                         {"from", from},
                         {"reply", step.reply.ToString()}});
    co_return step;
  }
  spool::v1::Envelope envelope = transaction.ToEnvelope();
  const dns::ClientName name = co_await client_name_->Name();
  envelope.set_client_address(client_address_);
  envelope.set_client_name(NameOrUnknown(name.verified_name));
  envelope.set_helo_name(dialogue_.helo_name());
  envelope.set_session(id_);
  const absl::Time ended = parts_.clock.Now();
  absl::Status stored = intake.stored();
  if (stored.ok()) stored = co_await incoming->Commit(std::move(envelope));
  parts_.meters.commit_seconds.Observe(
      absl::ToDoubleSeconds(parts_.clock.Now() - ended));
  if (stored.ok()) {
    ++messages_;
    parts_.meters.accepted_messages.Increment();
    parts_.meters.accepted_bytes.Increment(
        static_cast<double>(incoming->size_bytes()));
    log::Info("accepted", {{"session", id_},
                           {"queue_id", queue_id},
                           {"client", client_address_},
                           {"helo", dialogue_.helo_name()},
                           {"from", transaction.sender()},
                           {"recipients", transaction.recipients().size()},
                           {"size", incoming->size_bytes()}});
  } else {
    parts_.meters.failed_messages.Increment();
    log::Error("spool_failed",
               {{"session", id_}, {"queue_id", queue_id}, {"error", stored}});
  }
  co_return dialogue_.OnMessage(stored, queue_id);
}

std::string Session::TraceFields(absl::string_view queue_id,
                                 absl::string_view client_name) const {
  const Transaction& transaction = *dialogue_.transaction();
  std::string fields;
  for (const std::string& header : transaction.headers()) {
    if (AppendHeader(header, fields)) continue;
    log::Warning("not_a_header", {{"session", id_}, {"header", header}});
  }
  const std::vector<std::string>& recipients = transaction.recipients();
  fields += FormatReceived(
      {.helo_name = dialogue_.helo_name(),
       .client_name = client_name,
       .client_address = stream_.peer_address(),
       .myhostname = settings_->dialogue.myhostname,
       .is_esmtp = dialogue_.is_esmtp(),
       .queue_id = queue_id,
       .only_recipient =
           recipients.size() == 1 ? absl::string_view(recipients.front()) : "",
       .now = parts_.clock.Now()});
  return fields;
}

// The 421 for a session that we end without having been asked.
void Session::SayLast(const absl::Status& end) {
  if (absl::IsDeadlineExceeded(end)) {
    parts_.meters.timeouts.Increment();
    parts_.meters.CountReply(4);
    stream_.SayLast(dialogue_.TooSlow().Format());
  } else if (absl::IsCancelled(end)) {
    parts_.meters.CountReply(4);
    stream_.SayLast(dialogue_.Stopping().Format());
  }
}

void Session::ReportEnd(const absl::Status& end) const {
  log::Info("disconnect", {{"session", id_},
                           {"client", client_address_},
                           {"helo", dialogue_.helo_name()},
                           {"commands", commands_},
                           {"messages", messages_},
                           {"errors", dialogue_.errors()},
                           {"reason", end.ok() ? std::string("closed")
                                               : std::string(end.message())}});
}

}  // namespace postern::mta::server
