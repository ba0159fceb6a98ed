#include "lib/milter/filter_session.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/milter/reply.h"

namespace postern::milter {
namespace {

using MilterServer = config::v1::MilterServer;

}  // namespace

Needs FilterContext::needs() const {
  Needs needs = filter.needs();
  if (on_failure == MilterServer::FAILURE_QUARANTINE) needs.quarantine = true;
  return needs;
}

bool FilterContext::MayLog() {
  const int64_t second = std::chrono::steady_clock::now().time_since_epoch() /
                         std::chrono::seconds(1);
  uint64_t left_out = 0;
  return log_lines.Take(second, left_out);
}

void FilterSession::Tell(Command command, const Macros& macros) {
  switch (command) {
    case Command::kConnect:
    case Command::kHelo:
      connection_macros_.Merge(macros);
      break;
    case Command::kRecipient:
      recipient_macros_ = macros;
      TellAll(macros);
      return;
    case Command::kSender:
      if (is_in_message_) EndMessage();
      break;
    default:
      break;
  }
  envelope_.macros.Merge(macros);
}

void FilterSession::TellAll(const Macros& macros) {
  for (const auto& [name, value] : macros.values()) {
    if (!absl::StartsWith(name, "rcpt_")) envelope_.macros.Set(name, value);
  }
}

void FilterSession::Connect(const ConnectCommand& connect) {
  envelope_.client_name = std::string(connect.client_name);
  envelope_.client_address = connect.address;
  envelope_.client_port = connect.port;
}

void FilterSession::AddSender(Path sender) {
  if (is_in_message_) EndMessage();
  is_in_message_ = true;
  envelope_.sender = std::move(sender);
}

void FilterSession::AddRecipient(Path recipient) {
  is_in_message_ = true;
  if (envelope_.recipients.size() < kMaxRecipients) {
    recipient.macros = std::move(recipient_macros_);
    envelope_.recipients.push_back(std::move(recipient));
  }
  recipient_macros_.clear();
}

void FilterSession::Begin() {
  if (has_begun_) return;
  is_in_message_ = true;
  has_begun_ = true;
  transaction_ = context_.filter.Begin(envelope_);
}

void FilterSession::Header(absl::string_view name, absl::string_view value) {
  Begin();
  if (transaction_ == nullptr || header_has_ended_) return;
  if ((agreed_.steps & kLeadingSpace) != 0) {
    transaction_->OnHeader(name, value);
  } else {
    transaction_->OnHeader(name, absl::StrCat(" ", value));
  }
}

void FilterSession::EndHeader() {
  Begin();
  if (header_has_ended_) return;
  header_has_ended_ = true;
  if (transaction_ != nullptr) transaction_->OnEndOfHeader();
}

void FilterSession::Body(absl::string_view chunk) {
  EndHeader();
  if (!chunk.empty() && wants_body()) transaction_->OnBody(chunk);
}

absl::StatusOr<Changes> FilterSession::Checked(
    absl::StatusOr<Changes> changes) const {
  if (changes.ok()) RETURN_IF_ERROR(CheckChanges(*changes, agreed_));
  return changes;
}

Changes FilterSession::Undecided(const absl::Status& why) {
  context_.meters.failures.Increment();
  if (context_.MayLog()) {
    log::Warning("milter_undecided",
                 {{"queue_id", envelope_.queue_id()}, {"error", why}});
  }
  Changes changes;
  switch (context_.on_failure) {
    case MilterServer::FAILURE_REJECT:
      changes.verdict = Verdict::Of(Verdict::Kind::kReject);
      break;
    case MilterServer::FAILURE_QUARANTINE:
      if ((agreed_.actions & kQuarantine) != 0) {
        changes.Quarantine("not checked by a filter");
        break;
      }
      [[fallthrough]];
    case MilterServer::FAILURE_TEMPFAIL:
      changes.verdict = Verdict::Of(Verdict::Kind::kTempfail);
      break;
    default:
      break;
  }
  return changes;
}

net::Task<Changes> FilterSession::Finish(net::Deadline deadline) {
  const auto start = std::chrono::steady_clock::now();
  EndHeader();
  if (transaction_ == nullptr) {
    Decline();
    Changes accepted;
    accepted.verdict = Verdict::Of(Verdict::Kind::kAccept);
    co_return accepted;
  }
  absl::StatusOr<Changes> decided = co_await transaction_->Finish(deadline);
  decided = Checked(std::move(decided));
  Changes changes =
      decided.ok() ? *std::move(decided) : Undecided(decided.status());
  context_.meters.CountMessage(changes.verdict);
  context_.meters.seconds.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count());
  EndMessage();
  co_return changes;
}

void FilterSession::Decline() {
  context_.meters.declined.Increment();
  EndMessage();
}

void FilterSession::EndMessage() {
  transaction_.reset();
  envelope_.EndMessage(connection_macros_);
  recipient_macros_.clear();
  is_in_message_ = has_begun_ = header_has_ended_ = false;
}

void FilterSession::EndConnection() {
  EndMessage();
  connection_macros_.clear();
  envelope_ = Envelope();
}

}  // namespace postern::milter
