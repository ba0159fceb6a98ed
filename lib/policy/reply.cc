#include "lib/policy/reply.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::policy {
namespace {

using Kind = Verdict::Kind;

struct Word {
  Kind kind;
  absl::string_view word;
  bool needs_text;  // The word alone says nothing.
};

constexpr std::array<Word, 14> kWords = {{
    {Kind::kDunno, "DUNNO", false},
    {Kind::kOk, "OK", false},
    {Kind::kReject, "REJECT", false},
    {Kind::kDefer, "DEFER", false},
    {Kind::kDeferIfPermit, "DEFER_IF_PERMIT", false},
    {Kind::kDeferIfReject, "DEFER_IF_REJECT", false},
    {Kind::kPrepend, "PREPEND", true},
    {Kind::kDiscard, "DISCARD", false},
    {Kind::kHold, "HOLD", false},
    {Kind::kWarn, "WARN", false},
    {Kind::kInfo, "INFO", false},
    {Kind::kBcc, "BCC", true},
    {Kind::kRedirect, "REDIRECT", true},
    {Kind::kFilter, "FILTER", true},
}};

constexpr absl::string_view kAction = "action=";

size_t TextLimit(Kind kind) {
  return kind == Kind::kPrepend ? kMaxHeaderBytes : kMaxTextBytes;
}

bool NeedsText(Kind kind) {
  if (kind == Kind::kRestrictions) return true;
  for (const Word& word : kWords) {
    if (word.kind == kind) return word.needs_text;
  }
  return false;
}

std::string SafeText(Kind kind, absl::string_view text) {
  std::string result = Printable(text, TextLimit(kind));
  absl::StripAsciiWhitespace(&result);
  return result;
}

// "permit_mynetworks, check_recipient_access hash:/etc/x, reject".
bool LooksLikeRestrictions(absl::string_view text) {
  if (text.empty() || !absl::ascii_isalpha(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) ||
           std::memchr("_, :/.-[]{}=", c, 12) != nullptr;
  });
}

bool HasControlCharacter(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\t') || c == 127;
  });
}

// Appends `text` as one line of printable ASCII.
void AppendPrintable(absl::string_view text, std::string& out) {
  for (const char c : text) out += (c < ' ' || c > '~') ? '?' : c;
}

}  // namespace

absl::string_view VerdictWord(Verdict::Kind kind) {
  for (const Word& word : kWords) {
    if (word.kind == kind) return word.word;
  }
  return "";
}

absl::StatusOr<Verdict> ParseVerdict(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const absl::string_view word = text.substr(0, end);
  const absl::string_view rest =
      absl::StripLeadingAsciiWhitespace(text.substr(end));
  for (const Word& known : kWords) {
    if (!absl::EqualsIgnoreCase(word, known.word)) continue;
    if (known.needs_text && rest.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("policy reply: ", known.word, " needs a text"));
    }
    return Verdict{known.kind, 0, SafeText(known.kind, rest)};
  }
  // access(5), "all-numerical", and "RELAY", which is OK.
  if (absl::EqualsIgnoreCase(word, "RELAY") ||
      (!word.empty() && rest.empty() &&
       std::all_of(word.begin(), word.end(), absl::ascii_isdigit))) {
    return Verdict{Kind::kOk, 0, SafeText(Kind::kOk, rest)};
  }
  if (word.size() == 3 && (word[0] == '4' || word[0] == '5') &&
      absl::ascii_isdigit(word[1]) && absl::ascii_isdigit(word[2])) {
    const int code =
        (word[0] - '0') * 100 + (word[1] - '0') * 10 + (word[2] - '0');
    return Verdict{Kind::kCode, code, SafeText(Kind::kCode, rest)};
  }
  if (LooksLikeRestrictions(text) && text.size() <= kMaxTextBytes) {
    return Verdict{Kind::kRestrictions, 0, std::string(text)};
  }
  return absl::InvalidArgumentError(
      absl::StrCat("policy reply: unknown action \"", Printable(text), "\""));
}

void AppendReply(const Verdict& verdict, std::string& replies) {
  replies.append(kAction.data(), kAction.size());
  const absl::string_view text =
      absl::string_view(verdict.text).substr(0, TextLimit(verdict.kind));
  if (text.empty() && NeedsText(verdict.kind)) {
    replies += "DUNNO\n\n";
    return;
  }
  if (verdict.kind == Kind::kCode) {
    assert(verdict.code >= 400 && verdict.code <= 599);
    absl::StrAppend(&replies, verdict.code);
  } else {
    const absl::string_view word = VerdictWord(verdict.kind);
    replies.append(word.data(), word.size());
  }
  if (!text.empty()) {
    if (verdict.kind != Kind::kRestrictions) replies += ' ';
    AppendPrintable(text, replies);
  } else if (verdict.kind == Kind::kCode) {
    replies += " Access denied";  // A code alone would mean OK.
  }
  replies += "\n\n";
}

size_t ReplySize(absl::string_view buffer) {
  const size_t end = buffer.find("\n\n");
  return end == absl::string_view::npos ? 0 : end + 2;
}

absl::StatusOr<Verdict> ParseReply(absl::string_view reply) {
  if (reply.size() > kMaxReplyBytes) {
    return absl::InvalidArgumentError("policy reply: too long");
  }
  if (reply.size() < 2 || ReplySize(reply) != reply.size()) {
    return absl::InvalidArgumentError("policy reply: not one whole reply");
  }
  reply.remove_suffix(1);
  std::optional<absl::string_view> action;
  while (!reply.empty()) {
    const size_t newline = reply.find('\n');
    const absl::string_view line = reply.substr(0, newline);
    reply.remove_prefix(newline + 1);
    if (HasControlCharacter(line)) {
      return absl::InvalidArgumentError("policy reply: control character");
    }
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos || equals == 0) {
      return absl::InvalidArgumentError("policy reply: line is not name=value");
    }
    if (!absl::StartsWith(line, kAction)) continue;
    if (action) return absl::InvalidArgumentError("policy reply: two actions");
    action = line.substr(kAction.size());
  }
  if (!action) return absl::InvalidArgumentError("policy reply: no action");
  return ParseVerdict(*action);
}

}  // namespace postern::policy
