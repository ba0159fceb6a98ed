#include "mta/content/inspection.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/mail/claimed_results.h"
#include "lib/mail/header.h"

namespace postern::mta::content {
namespace {

using Kind = MessageSplitter::Piece::Kind;
using Verb = CheckAction::Verb;

constexpr size_t kMaxLoggedBytes = 200;
constexpr size_t kMaxBeginningBytes = 64;

// Returns what has to stand in front of a message that begins with `text` so
// that its header is one; nullopt: more of the text is needed.
std::optional<absl::string_view> Opening(absl::string_view text) {
  constexpr absl::string_view kMailboxLine = "From ";
  if (text.empty()) return std::nullopt;
  if (text.front() == ' ' || text.front() == '\t') return "\r\n";
  absl::string_view line = text;
  while (absl::ConsumePrefix(&line, ">")) {
  }
  if (absl::StartsWith(line, kMailboxLine)) return "X-Mailbox-Line: ";
  const bool may_become =
      absl::StartsWith(kMailboxLine, line) && text.size() < kMaxBeginningBytes;
  if (may_become) return std::nullopt;
  return "";
}

bool EndsLine(absl::string_view text) {
  return !text.empty() && text.back() == '\n';
}

// Returns a line as the tables know it: without its end, folded with LF.
std::string KeyOf(absl::string_view line) {
  absl::ConsumeSuffix(&line, "\n");
  absl::ConsumeSuffix(&line, "\r");
  return absl::StrReplaceAll(line, {{"\r\n", "\n"}});
}

// Returns a line as the log has it: unfolded.
std::string Loggable(absl::string_view line) {
  return Printable(absl::StrReplaceAll(line, {{"\r\n", ""}}), kMaxLoggedBytes);
}

}  // namespace

Inspection::Inspection(const Checks& checks, Meters& meters, Names names)
    : checks_(checks),
      meters_(meters),
      names_(std::move(names)),
      splitter_(checks.splitting()) {}

bool Inspection::is_plain() const {
  return has_begun_ && !is_over() && splitter_.is_plain();
}

net::Task<> Inspection::TakeOwn(absl::string_view fields, std::string& out) {
  is_own_ = true;
  co_await Split(fields, out);
  do {
    splitter_.EndField();
    co_await OnPiece(out);
  } while (splitter_.piece().kind != Kind::kNothing && !is_over());
  is_own_ = false;
}

net::Task<> Inspection::Take(absl::string_view content, std::string& out) {
  if (has_begun_) {
    co_await Split(content, out);
    co_return;
  }
  beginning_.append(content.data(), content.size());
  const std::optional<absl::string_view> opening = Opening(beginning_);
  if (!opening) co_return;
  has_begun_ = true;
  const std::string beginning = std::move(beginning_);
  beginning_ = std::string();
  co_await Split(*opening, out);
  co_await Split(beginning, out);
}

net::Task<> Inspection::Finish(std::string& out) {
  if (!has_begun_) {
    has_begun_ = true;
    co_await Split(beginning_, out);
  }
  is_finishing_ = true;
  while (!is_over()) {
    splitter_.Finish();
    if (splitter_.piece().kind == Kind::kNothing) break;
    co_await OnPiece(out);
  }
  if (forged_results_ == 0) co_return;
  log::Info("forged_results_removed", {{"session", names_.session},
                                       {"queue_id", names_.queue_id},
                                       {"fields", forged_results_}});
}

net::Task<> Inspection::Split(absl::string_view content, std::string& out) {
  while (!content.empty() && !is_over()) {
    content.remove_prefix(splitter_.Consume(content));
    if (splitter_.piece().kind == Kind::kOther) {
      Put(splitter_.piece().text, out);
    } else {
      co_await OnPiece(out);
    }
  }
}

net::Task<> Inspection::OnPiece(std::string& out) {
  const MessageSplitter::Piece& piece = splitter_.piece();
  switch (piece.kind) {
    case Kind::kNothing:
      break;
    case Kind::kField:
      co_await OnField(out);
      break;
    case Kind::kFieldRest:
      if (!drops_rest_) Put(piece.text, out);
      break;
    case Kind::kHeaderEnd:
      if (piece.text.empty() && piece.header_kind == HeaderKind::kMessage &&
          !is_finishing_) {
        Put("\r\n", out);
      }
      Put(piece.text, out);
      break;
    case Kind::kLine:
      co_await Check(CheckList::kBody, out);
      break;
    case Kind::kOther:
      Put(piece.text, out);
      break;
  }
  if (splitter_.is_too_deep() && !is_over()) {
    verdict_.refusal = {550, "5.6.0", "message parts are nested too deeply"};
  }
}

net::Task<> Inspection::OnField(std::string& out) {
  const MessageSplitter::Piece& piece = splitter_.piece();
  drops_rest_ = false;
  if (piece.header_kind == HeaderKind::kMessage && !is_own_ &&
      mail::ClaimsToBeOurs(piece.text, checks_.authserv_id())) {
    drops_rest_ = true;
    ++forged_results_;
    meters_.forged_results.Increment();
    co_return;
  }
  const CheckList list =
      CheckListOf(piece.header_kind, mail::FieldName(piece.text));
  co_await Check(list, out);
}

// Looks up the piece that was found, and does what the table says.
net::Task<> Inspection::Check(CheckList list, std::string& out) {
  const absl::string_view text = splitter_.piece().text;
  std::string key;
  if (checks_.Has(list) && !is_passed_) key = KeyOf(text);
  if (key.empty()) {
    Put(text, out);
    co_return;
  }
  const absl::StatusOr<std::optional<std::string>> result =
      co_await checks_.Find(list, std::move(key));
  if (!result.ok()) {
    Fail(list, result.status().message());
    co_return;
  }
  if (!result->has_value()) {
    Put(text, out);
    co_return;
  }
  const absl::StatusOr<CheckAction> action = ParseCheckAction(
      **result, list == CheckList::kBody ? Subject::kBody : Subject::kHeader);
  if (!action.ok()) {
    Fail(list, action.status().message());
    co_return;
  }
  meters_.CountAction(list, action->verb);
  Report(list, *action);
  Apply(list, *action, out);
}

void Inspection::Apply(CheckList list, const CheckAction& action,
                       std::string& out) {
  const absl::string_view text = splitter_.piece().text;
  switch (action.verb) {
    case Verb::kReject:
      verdict_.refusal = RejectReply(action.text);
      return;
    case Verb::kDiscard:
      verdict_.actions.discard = true;
      return;
    case Verb::kIgnore:
    case Verb::kStrip:
      return Drop(text, out);
    case Verb::kReplace: {
      const bool ends = list != CheckList::kBody || EndsLine(text);
      drops_rest_ = true;
      Put(action.text, out);
      if (ends) Put("\r\n", out);
      return;
    }
    case Verb::kPrepend:
      Put(action.text, out);
      Put("\r\n", out);
      break;
    case Verb::kHold:
      verdict_.actions.hold = true;
      break;
    case Verb::kRedirect:
      verdict_.actions.redirect = action.text;
      break;
    case Verb::kBcc:
      AddCopy(action.text);
      break;
    case Verb::kPass:
      is_passed_ = true;
      break;
    case Verb::kDunno:
    case Verb::kInfo:
    case Verb::kWarn:
      break;
  }
  Put(text, out);
}

void Inspection::AddCopy(const std::string& address) {
  restrictions::MessageActions& actions = verdict_.actions;
  const std::vector<std::string>& copies = actions.copies;
  if (std::find(copies.begin(), copies.end(), address) != copies.end()) return;
  actions.AddCopy(address);
}

void Inspection::Put(absl::string_view text, std::string& out) {
  if (text.empty()) return;
  out.append(text.data(), text.size());
  line_is_open_ = !EndsLine(text);
}

// Leaves `text` out; of a line that has begun the end stays.
void Inspection::Drop(absl::string_view text, std::string& out) {
  drops_rest_ = true;
  if (line_is_open_ && EndsLine(text)) Put("\r\n", out);
}

void Inspection::Fail(CheckList list, absl::string_view error) {
  verdict_.refusal = {451, "4.3.0", "Error: content check failed"};
  meters_.failed_checks.Increment();
  log::Error("content_check_failed", {{"session", names_.session},
                                      {"queue_id", names_.queue_id},
                                      {"list", CheckListName(list)},
                                      {"error", error}});
}

void Inspection::Report(CheckList list, const CheckAction& action) const {
  if (action.verb == Verb::kDunno || action.verb == Verb::kIgnore) return;
  const std::string line = Loggable(splitter_.piece().text);
  const std::string text = Loggable(action.text);
  const log::Level level =
      action.verb == Verb::kWarn ? log::Level::kWarning : log::Level::kInfo;
  log::Write(level, "content_check",
             {{"session", names_.session},
              {"queue_id", names_.queue_id},
              {"list", CheckListName(list)},
              {"action", VerbName(action.verb)},
              {"line", line},
              {"text", text}});
}

}  // namespace postern::mta::content
