#include "mta/content/check_action.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/address.h"
#include "lib/mail/header.h"

namespace postern::mta::content {
namespace {

using Verb = CheckAction::Verb;

constexpr size_t kMaxTextBytes = 400;  // Of a reply.

constexpr std::array<absl::string_view, CheckAction::kVerbCount> kNames = {
    "dunno",   "bcc",      "discard", "hold",    "ignore", "info", "pass",
    "prepend", "redirect", "reject",  "replace", "strip",  "warn",
};

absl::Status Invalid(absl::string_view text) {
  return absl::InvalidArgumentError(text);
}

absl::StatusOr<Verb> ParseVerb(absl::string_view word) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (absl::EqualsIgnoreCase(word, kNames[i])) return static_cast<Verb>(i);
  }
  if (absl::EqualsIgnoreCase(word, "OK")) return Verb::kDunno;
  if (absl::EqualsIgnoreCase(word, "FILTER") ||
      absl::EqualsIgnoreCase(word, "DELAY")) {
    return Invalid(absl::StrCat(absl::AsciiStrToUpper(word),
                                " is not offered by this relay"));
  }
  return Invalid(absl::StrCat("unknown action \"", Printable(word, 40), "\""));
}

// Returns `text` as one logical line: what it took over from a folded field
// stays folded, and nothing ends the field.
std::string Folded(absl::string_view text) {
  std::string folded;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripTrailingAsciiWhitespace(line);
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    if (folded.empty()) {
      folded = std::string(line);
    } else {
      const bool is_indented = line.front() == ' ' || line.front() == '\t';
      absl::StrAppend(&folded, is_indented ? "\r\n" : "\r\n\t", line);
    }
  }
  return folded;
}

absl::Status CheckAddress(absl::string_view verb, const std::string& text) {
  const absl::StatusOr<mail::Address> address = mail::Address::Parse(text);
  if (!address.ok() || address->local_part.empty() || address->domain.empty()) {
    return Invalid(absl::StrCat(verb, " needs an address user@domain, not \"",
                                Printable(text, 80), "\""));
  }
  return absl::OkStatus();
}

absl::Status CheckLine(absl::string_view verb, const std::string& text,
                       Subject subject) {
  if (text.empty()) return Invalid(absl::StrCat(verb, " needs a text"));
  if (subject == Subject::kHeader && mail::FieldName(text).empty()) {
    return Invalid(absl::StrCat(verb,
                                " needs a header field \"Name: value\", "
                                "not \"",
                                Printable(text, 80), "\""));
  }
  return absl::OkStatus();
}

absl::Status CheckReject(absl::string_view text) {
  const absl::string_view code = text.substr(0, text.find(' '));
  const std::vector<absl::string_view> parts = absl::StrSplit(code, '.');
  if (parts.size() != 3) return absl::OkStatus();
  for (const absl::string_view part : parts) {
    if (part.empty() || part.size() > 3) return absl::OkStatus();
    for (const char c : part) {
      if (!absl::ascii_isdigit(c)) return absl::OkStatus();
    }
  }
  if (parts[0] == "4" || parts[0] == "5") return absl::OkStatus();
  return Invalid(
      absl::StrCat("REJECT needs a status code 4.x.x or 5.x.x, not ", code));
}

absl::Status CheckText(const CheckAction& action, Subject subject) {
  switch (action.verb) {
    case Verb::kBcc:
      return CheckAddress("BCC", action.text);
    case Verb::kRedirect:
      return CheckAddress("REDIRECT", action.text);
    case Verb::kPrepend:
      return CheckLine("PREPEND", action.text, subject);
    case Verb::kReplace:
      return CheckLine("REPLACE", action.text, subject);
    case Verb::kReject:
      return CheckReject(action.text);
    default:
      return absl::OkStatus();
  }
}

absl::StatusOr<CheckAction> Split(absl::string_view result) {
  result = absl::StripAsciiWhitespace(result);
  const size_t end = result.find_first_of(" \t");
  CheckAction action;
  ASSIGN_OR_RETURN(action.verb, ParseVerb(result.substr(0, end)));
  if (end != result.npos) {
    action.text = Folded(absl::StripLeadingAsciiWhitespace(result.substr(end)));
  }
  return action;
}

}  // namespace

absl::string_view VerbName(Verb verb) {
  return kNames[static_cast<size_t>(verb)];
}

absl::StatusOr<CheckAction> ParseCheckAction(absl::string_view result,
                                             Subject subject) {
  ASSIGN_OR_RETURN(CheckAction action, Split(result));
  RETURN_IF_ERROR(CheckText(action, subject));
  return action;
}

absl::Status CheckResult(absl::string_view result, Subject subject) {
  ASSIGN_OR_RETURN(const CheckAction action, Split(result));
  if (absl::StrContains(action.text, '$')) return absl::OkStatus();
  return CheckText(action, subject);
}

smtp::Reply RejectReply(absl::string_view text) {
  const bool is_temporary = absl::StartsWith(text, "4.");
  const absl::StatusOr<smtp::Reply> reply = smtp::Reply::Parse(absl::StrCat(
      is_temporary ? "451 " : "550 ", Printable(text, kMaxTextBytes)));
  if (reply.ok() && !reply->status.empty() && !reply->text.empty()) {
    return *reply;
  }
  return {550, "5.7.1",
          text.empty() ? "message content rejected"
                       : Printable(text, kMaxTextBytes)};
}

}  // namespace postern::mta::content
