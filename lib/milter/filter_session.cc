#include "lib/milter/filter_session.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/milter/reply.h"

namespace postern::milter {
namespace {

using MilterServer = config::v1::MilterServer;
using Kind = Verdict::Kind;

constexpr char kHeldBecause[] = "not checked by a filter";

bool IsOfConnection(Command command) {
  return command == Command::kConnect || command == Command::kHelo;
}

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

FilterSession::FilterSession(FilterContext& context)
    : context_(context), needs_(context.needs()) {}

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
  recipient.macros = std::move(recipient_macros_);
  recipient_macros_.clear();
  recipient_ = std::move(recipient);
  if (!Checks(Command::kRecipient)) KeepRecipient();
}

bool FilterSession::IsRejected(const Path& recipient) const {
  return (agreed_.steps & kRejectedRecipients) != 0 &&
         recipient.macros.Get("rcpt_mailer") == "error";
}

void FilterSession::KeepRecipient() {
  if (envelope_.recipients.size() + envelope_.rejected_recipients.size() <
      kMaxRecipients) {
    std::vector<Path>& list = IsRejected(*recipient_)
                                  ? envelope_.rejected_recipients
                                  : envelope_.recipients;
    list.push_back(*std::move(recipient_));
  }
  recipient_.reset();
}

bool FilterSession::Checks(Command command) const {
  const Needs::Checks& checks = needs_.checks;
  switch (command) {
    case Command::kConnect:
      return checks.connect;
    case Command::kHelo:
      return checks.helo;
    case Command::kSender:
      return checks.sender;
    case Command::kRecipient:
      return checks.recipient && recipient_ && !IsRejected(*recipient_);
    case Command::kData:
      return checks.data && transaction_ != nullptr;
    case Command::kHeader:
      // One behind the end of the header was not shown.
      return checks.header && transaction_ != nullptr && !header_has_ended_;
    case Command::kEndOfHeader:
      return checks.end_of_header && transaction_ != nullptr;
    case Command::kBody:
      return checks.body && transaction_ != nullptr;
    default:
      return false;
  }
}

VerdictTask FilterSession::Ask(Command command, net::Deadline deadline) {
  switch (command) {
    case Command::kConnect:
      return context_.filter.CheckConnect(envelope_, deadline);
    case Command::kHelo:
      return context_.filter.CheckHelo(envelope_, deadline);
    case Command::kSender:
      return context_.filter.CheckSender(envelope_, deadline);
    case Command::kRecipient:
      return context_.filter.CheckRecipient(envelope_, *recipient_, deadline);
    case Command::kData:
      return transaction_->CheckData(deadline);
    case Command::kHeader:
      return transaction_->CheckHeader(deadline);
    case Command::kEndOfHeader:
      return transaction_->CheckEndOfHeader(deadline);
    default:
      return transaction_->CheckBody(deadline);
  }
}

net::Task<Verdict> FilterSession::Check(Command command,
                                        net::Deadline deadline) {
  const net::Deadline end =
      std::min(deadline, net::Deadline::After(kLongestCheck));
  absl::StatusOr<Verdict> said = co_await Ask(command, end);
  Changes answer;
  if (said.ok()) answer.verdict = *std::move(said);
  absl::Status fault =
      said.ok() ? CheckChanges(answer, agreed_) : said.status();
  if (IsOfConnection(command) && answer.verdict.kind == Kind::kDiscard) {
    fault = absl::InvalidArgumentError("DISCARD before there is a message");
  }
  if (!fault.ok()) {
    answer = Undecided(fault);
    // To be said at the end of the message.
    bool& holds = IsOfConnection(command) ? holds_client_ : holds_message_;
    holds |= !answer.list().empty();
  }
  Conclude(command, answer.verdict);
  co_return answer.verdict;
}

void FilterSession::Conclude(Command command, const Verdict& verdict) {
  const bool refuses = verdict.refuses();
  if (command == Command::kRecipient && !refuses) KeepRecipient();
  if (IsOfConnection(command) || command == Command::kRecipient) {
    recipient_.reset();
    if (refuses) context_.meters.CountRefusal(command);
    if (refuses || IsOfConnection(command)) return;
  }
  if (verdict.kind == Kind::kContinue) return;
  context_.meters.CountMessage(verdict);
  EndMessage();
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
      changes.verdict = Verdict::Of(Kind::kReject);
      break;
    case MilterServer::FAILURE_QUARANTINE:
      if ((agreed_.actions & kQuarantine) != 0) {
        changes.Quarantine(kHeldBecause);
        break;
      }
      [[fallthrough]];
    case MilterServer::FAILURE_TEMPFAIL:
      changes.verdict = Verdict::Of(Kind::kTempfail);
      break;
    default:
      break;
  }
  return changes;
}

Changes FilterSession::Held(Changes changes) const {
  if (holds_message_ || holds_client_) changes.Quarantine(kHeldBecause);
  return changes;
}

net::Task<Changes> FilterSession::Finish(net::Deadline deadline) {
  const auto start = std::chrono::steady_clock::now();
  EndHeader();
  if (transaction_ == nullptr) {
    Changes accepted = Held({});
    accepted.verdict = Verdict::Of(Kind::kAccept);
    Decline();
    co_return accepted;
  }
  absl::StatusOr<Changes> decided = co_await transaction_->Finish(deadline);
  decided = Checked(std::move(decided));
  Changes changes =
      decided.ok() ? Held(*std::move(decided)) : Undecided(decided.status());
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
  recipient_.reset();
  holds_message_ = false;
  is_in_message_ = has_begun_ = header_has_ended_ = false;
}

void FilterSession::EndConnection() {
  EndMessage();
  connection_macros_.clear();
  holds_client_ = false;
  envelope_ = Envelope();
}

}  // namespace postern::milter
