#include "mta/server/session.h"

#include <algorithm>
#include <utility>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"

namespace postern::mta::server {
namespace {

using Problem = smtp::DataReader::Problem;
using Next = Step::Next;

// Replies of one group, before they are sent without waiting for its end.
constexpr size_t kMaxUnsentBytes = 16 << 10;
// Commands that were sent at once and are answered without a turn for the other
// sessions of the reactor.
constexpr uint64_t kCommandsATurn = 4;
// How often a client that is to wait for its greeting is looked at.
constexpr absl::Duration kGreetStep = absl::Milliseconds(200);

}  // namespace

Session::Session(SessionParts parts, std::shared_ptr<const Settings> settings,
                 net::Stream stream, uint32_t client_connections)
    : conversation_(std::move(parts), std::move(settings), std::move(stream)),
      dialogue_(conversation_.dialogue),
      meters_(conversation_.parts.meters),
      encryption_(conversation_),
      rates_(conversation_),
      authentication_(conversation_),
      checks_(conversation_),
      filtering_(conversation_),
      reception_(conversation_, filtering_),
      handoff_(conversation_) {
  conversation_.client_connections = client_connections;
}

net::Task<> Session::Run() {
  meters_.sessions.Increment();
  meters_.open_sessions.Add(1);
  const net::DrainWatch watch(conversation_.parts.drain, [this] {
    if (is_idle_) conversation_.stream.Interrupt();
  });
  const absl::Status end = co_await Converse();
  SayLast(end);
  ReportEnd(end);
  meters_.open_sessions.Add(-1);
}

net::Task<absl::Status> Session::Converse() {
  if (conversation_.settings->tls.use == TlsSettings::Use::kImplicit) {
    CO_RETURN_IF_ERROR(co_await Secure());
    dialogue_.OnSecured();
  }
  if (co_await SpeaksTooEarly()) {  // MTA-10.
    meters_.early_talkers.Increment();
    Say(dialogue_.TooEarly());
    co_return co_await Flush();
  }
  net::LineReader& reader = conversation_.reader;
  CO_ASSIGN_OR_RETURN(bool goes_on, co_await Take(dialogue_.OnConnect()));
  while (goes_on) {
    const std::optional<net::Line> line = reader.Next();
    if (!line) {
      CO_RETURN_IF_ERROR(co_await Flush());
      CO_RETURN_IF_ERROR(co_await ReadMore());
      continue;
    }
    line_deadline_.reset();
    if (++commands_ % kCommandsATurn == 0) co_await net::Yield();
    const bool has_more = !reader.Buffered().empty();
    Step step = dialogue_.OnLine(*line, has_more);
    conversation_.has_run_ahead |= has_more && !dialogue_.is_esmtp();
    meters_.CountCommand(dialogue_.verb());
    if (dialogue_.verb() == smtp::Verb::kUnknown && step.next == Next::kGoOn) {
      step = co_await filtering_.JudgeUnknown(std::move(step));
    }
    CO_ASSIGN_OR_RETURN(goes_on, co_await Take(std::move(step)));
  }
  co_return co_await Flush();
}

net::Task<bool> Session::SpeaksTooEarly() {
  const Settings& settings = *conversation_.settings;
  absl::Duration left = settings.greet_wait;
  if (settings.IsInMynetworks(conversation_.client.address())) {
    left = absl::ZeroDuration();
  }
  while (left > absl::ZeroDuration() && !conversation_.stream.HasInput()) {
    co_await net::Sleep(std::min(left, kGreetStep));
    left -= kGreetStep;
  }
  co_return conversation_.stream.HasInput();
}

net::Task<absl::StatusOr<bool>> Session::Take(Step step) {
  CO_ASSIGN_OR_RETURN(step, co_await Resolve(std::move(step)));
  if (dialogue_.transaction() == nullptr) {
    reception_.Drop();
    filtering_.EndMessage();
  }
  if (step.next != Next::kListen) {
    CO_RETURN_IF_ERROR(co_await Tarpit(step.reply));
    Say(step.reply);
  }
  conversation_.reader.set_max_line_bytes(dialogue_.is_authenticating()
                                              ? kMaxAuthLineBytes + 2
                                              : Conversation::kMaxLineBytes);
  if (out_.size() > kMaxUnsentBytes) CO_RETURN_IF_ERROR(co_await Flush());
  co_return step.next != Next::kClose;
}

net::Task<absl::Status> Session::Tarpit(const smtp::Reply& reply) {
  const Settings& settings = *conversation_.settings;
  if (reply.kind() < 4 || dialogue_.errors() <= settings.soft_error_limit ||
      settings.error_sleep_time == absl::ZeroDuration()) {
    co_return absl::OkStatus();
  }
  meters_.tarpitted.Increment();
  CO_RETURN_IF_ERROR(co_await Flush());  // Of commands before this one.
  co_await net::Sleep(settings.error_sleep_time);
  co_return absl::OkStatus();
}

net::Task<absl::StatusOr<Step>> Session::Resolve(Step step) {
  while (true) {
    switch (step.next) {
      case Next::kGoOn:
      case Next::kListen:
      case Next::kClose:
        co_return step;
      case Next::kDecision: {
        restrictions::Decision decision = co_await Decide();
        step = dialogue_.OnDecision(std::move(decision));
        break;
      }
      case Next::kOpen:
        step = dialogue_.OnOpen(
            reception_.Open(dialogue_.command().mail.size_bytes));
        break;
      case Next::kAuthenticate: {
        const AuthAnswer answer = co_await authentication_.Answer();
        step = dialogue_.OnAuthAnswer(answer);
        break;
      }
      case Next::kContent: {
        CO_ASSIGN_OR_RETURN(step, co_await ReceiveMessage(std::move(step)));
        break;
      }
      case Next::kChunk: {
        CO_ASSIGN_OR_RETURN(step, co_await ReceiveChunk());
        break;
      }
      case Next::kClient:
        step = TakeClient();
        break;
      case Next::kHandoff: {
        CO_ASSIGN_OR_RETURN(HandoffAnswer answer, co_await handoff_.Answer());
        step = dialogue_.OnHandoff(std::move(answer));
        break;
      }
      case Next::kStore: {
        const absl::Status stored = co_await reception_.Store();
        step = dialogue_.OnStored(stored);
        break;
      }
      case Next::kStartTls: {
        Say(step.reply);
        CO_RETURN_IF_ERROR(co_await Secure());
        step = dialogue_.OnSecured();
        break;
      }
    }
  }
}

net::Task<restrictions::Decision> Session::Decide() {
  restrictions::Decision decision = co_await rates_.Decide();
  if (decision.refusal) co_return decision;
  decision = co_await checks_.Decide();
  if (decision.refusal) {
    if (dialogue_.stage() == restrictions::Stage::kRecipient) {
      co_await filtering_.ShowRejected(*decision.refusal);
    }
    co_return decision;
  }
  restrictions::Decision filtered = co_await filtering_.Decide();
  decision.actions.Merge(std::move(filtered.actions));
  if (filtered.refusal) {
    decision.refusal = std::move(filtered.refusal);
    decision.reason = filtered.reason;
  }
  co_return decision;
}

net::Task<absl::StatusOr<Step>> Session::ReceiveMessage(Step step) {
  Say(step.reply);
  CO_RETURN_IF_ERROR(co_await Flush());
  CO_ASSIGN_OR_RETURN(const Problem problem, co_await reception_.Receive());
  co_return dialogue_.OnContent(problem, reception_.content_bytes());
}

net::Task<absl::StatusOr<Step>> Session::ReceiveChunk() {
  const smtp::Command& command = dialogue_.command();
  // The client may wait for what we have to say before it sends the rest.
  CO_RETURN_IF_ERROR(co_await Flush());
  if (!dialogue_.is_chunk_wanted()) {
    reception_.Drop();
    CO_RETURN_IF_ERROR(co_await reception_.SkipChunk(command.chunk_bytes));
    co_return dialogue_.OnChunk(Problem::kNone);
  }
  CO_ASSIGN_OR_RETURN(const Problem problem,
                      co_await reception_.ReceiveChunk(command.chunk_bytes,
                                                       command.is_last_chunk));
  co_return dialogue_.OnChunk(problem);
}

Step Session::TakeClient() {
  const std::string proxy = conversation_.client.address_text();
  conversation_.client.Take(dialogue_.command().client);
  log::Info("xclient", {{"session", conversation_.id},
                        {"client", conversation_.client.address_text()},
                        {"proxy", proxy}});
  return dialogue_.OnClient();
}

net::Task<absl::Status> Session::Secure() {
  CO_RETURN_IF_ERROR(co_await Flush());
  handoff_.Reset();
  co_return co_await encryption_.Begin();
}

// Reads once. All reads for one line have the same deadline (MTA-39).
net::Task<absl::Status> Session::ReadMore() {
  net::LineReader& reader = conversation_.reader;
  if (!line_deadline_) {
    line_deadline_ =
        std::min(net::Deadline::After(conversation_.settings->timeout),
                 conversation_.end);
  }
  is_idle_ = dialogue_.transaction() == nullptr && reader.Buffered().empty();
  if (is_idle_ && conversation_.parts.drain.has_begun()) {
    co_return absl::CancelledError("draining");
  }
  const absl::StatusOr<size_t> n =
      co_await conversation_.stream.Read(reader.Space(), *line_deadline_);
  is_idle_ = false;
  if (!n.ok()) co_return n.status();
  if (*n == 0) co_return absl::OutOfRangeError("the client hung up");
  reader.Fill(*n);
  co_return absl::OkStatus();
}

net::Task<absl::Status> Session::Flush() {
  if (out_.empty()) co_return absl::OkStatus();
  const net::Deadline deadline = std::min(
      net::Deadline::After(conversation_.settings->timeout), conversation_.end);
  const absl::Status written =
      co_await conversation_.stream.Write(out_, deadline);
  out_.clear();
  co_return written;
}

void Session::Say(const smtp::Reply& reply) {
  meters_.CountReply(reply.kind());
  reply.AppendTo(out_);
}

// The 421 for a session that we end without having been asked.
void Session::SayLast(const absl::Status& end) {
  if (absl::IsDeadlineExceeded(end)) {
    meters_.timeouts.Increment();
    meters_.CountReply(4);
    conversation_.stream.SayLast(dialogue_.TooSlow().Format());
  } else if (absl::IsCancelled(end)) {
    meters_.CountReply(4);
    conversation_.stream.SayLast(dialogue_.Stopping().Format());
  }
}

void Session::ReportEnd(const absl::Status& end) const {
  log::Info("disconnect", {{"session", conversation_.id},
                           {"client", conversation_.client.address_text()},
                           {"helo", dialogue_.helo_name()},
                           {"commands", commands_},
                           {"messages", reception_.messages()},
                           {"errors", dialogue_.errors()},
                           {"reason", end.ok() ? std::string("closed")
                                               : std::string(end.message())}});
}

}  // namespace postern::mta::server
