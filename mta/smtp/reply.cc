#include "mta/smtp/reply.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::smtp {
namespace {

// RFC 5321 section 4.5.3.1.5, with the CR LF.
constexpr size_t kMaxFormattedLineBytes = 512;
constexpr size_t kMaxTextBytes = 4096;
constexpr absl::string_view kPayloadUrl = "postern.mta.smtp/reply";

// Returns the code that `text` begins with, or 0.
int LeadingCode(absl::string_view text) {
  if (text.size() < 3) return 0;
  int code = 0;
  for (const char c : text.substr(0, 3)) {
    if (!absl::ascii_isdigit(c)) return 0;
    code = code * 10 + (c - '0');
  }
  return code >= 200 && code <= 599 ? code : 0;
}

// Takes up to three digits from the front of `text`.
bool TakeNumber(absl::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  text.remove_prefix(digits);
  return digits >= 1 && digits <= 3;
}

bool TakeDot(absl::string_view& text) {
  if (text.empty() || text[0] != '.') return false;
  text.remove_prefix(1);
  return true;
}

// Takes an enhanced status code that fits to `code`, and the space behind it,
// from the front of `text` (RFC 3463 section 2). Empty: there is none.
absl::string_view TakeStatus(absl::string_view& text, int code) {
  absl::string_view rest = text;
  if (rest.empty() || rest[0] - '0' != code / 100) return "";
  rest.remove_prefix(1);
  if (!TakeDot(rest) || !TakeNumber(rest) || !TakeDot(rest) ||
      !TakeNumber(rest)) {
    return "";
  }
  if (!rest.empty() && rest[0] != ' ') return "";
  const absl::string_view status = text.substr(0, text.size() - rest.size());
  if (!rest.empty()) rest.remove_prefix(1);
  text = rest;
  return status;
}

absl::StatusCode MeaningOf(const Reply& reply) {
  switch (reply.code) {
    case 500:
    case 501:
      return absl::StatusCode::kInvalidArgument;
    case 502:
      return absl::StatusCode::kUnimplemented;
    case 503:
      return absl::StatusCode::kFailedPrecondition;
    case 452:
      return absl::StatusCode::kResourceExhausted;
    default:
      return reply.kind() == 4 ? absl::StatusCode::kUnavailable
                               : absl::StatusCode::kPermissionDenied;
  }
}

Reply Default(const absl::Status& status) {
  const std::string text(status.message());
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return {250, "2.0.0", "Ok"};
    case absl::StatusCode::kInvalidArgument:
      return {501, "5.5.4", text};
    case absl::StatusCode::kUnimplemented:
      return {502, "5.5.1", text};
    case absl::StatusCode::kFailedPrecondition:
      return {503, "5.5.1", text};
    case absl::StatusCode::kPermissionDenied:
      return {550, "5.7.1", text};
    case absl::StatusCode::kNotFound:
      return {550, "5.1.1", text};
    case absl::StatusCode::kResourceExhausted:
      return {452, "4.3.1", "Insufficient system storage"};
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
      return {451, "4.4.0", "Temporary failure, try again later"};
    default:
      return {451, "4.3.0", "Local error in processing, try again later"};
  }
}

}  // namespace

void Reply::AppendTo(std::string& wire) const {
  absl::string_view rest = text;
  while (true) {
    const size_t end = rest.find('\n');
    const bool is_last = end == absl::string_view::npos;
    const size_t start = wire.size();
    absl::StrAppend(&wire, code, is_last ? " " : "-");
    if (!status.empty()) absl::StrAppend(&wire, status, " ");
    const size_t room = kMaxFormattedLineBytes - 2 - (wire.size() - start);
    absl::StrAppend(&wire, Printable(rest.substr(0, end), room), "\r\n");
    if (is_last) return;
    rest.remove_prefix(end + 1);
  }
}

std::string Reply::Format() const {
  std::string wire;
  AppendTo(wire);
  return wire;
}

std::string Reply::ToString() const {
  std::string line = absl::StrCat(code);
  if (!status.empty()) absl::StrAppend(&line, " ", status);
  absl::string_view separator = " ";
  for (const absl::string_view part :
       absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    absl::StrAppend(&line, separator, part);
    separator = "; ";
  }
  return Printable(line, kMaxFormattedLineBytes);
}

absl::StatusOr<Reply> Reply::Parse(absl::string_view text) {
  ReplyParser parser;
  ASSIGN_OR_RETURN(const bool complete, parser.Add(text));
  if (!complete) return absl::InvalidArgumentError("more than one line");
  return parser.Take();
}

absl::StatusOr<bool> ReplyParser::Add(absl::string_view line) {
  if (line.size() > kMaxLineBytes) {
    return absl::InvalidArgumentError("reply line is too long");
  }
  if (++lines_ > kMaxLines) {
    return absl::InvalidArgumentError("reply has too many lines");
  }
  const int code = LeadingCode(line);
  if (code == 0 || (lines_ > 1 && code != reply_.code)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a reply: \"", Printable(line, 64), "\""));
  }
  const bool is_last = line.size() == 3 || line[3] == ' ';
  if (!is_last && line[3] != '-') {
    return absl::InvalidArgumentError(
        absl::StrCat("not a reply: \"", Printable(line, 64), "\""));
  }
  reply_.code = code;
  absl::string_view text = line.substr(line.size() == 3 ? 3 : 4);
  const absl::string_view status = TakeStatus(text, code);
  if (lines_ == 1) {
    reply_.status = std::string(status);
    reply_.text.clear();
  } else {
    reply_.text += '\n';
  }
  const size_t room =
      kMaxTextBytes - std::min(kMaxTextBytes, reply_.text.size());
  reply_.text += Printable(text, room);
  return is_last;
}

Reply ReplyParser::Take() {
  lines_ = 0;
  return std::exchange(reply_, Reply());
}

absl::Status WithReply(absl::Status status, const Reply& reply) {
  status.SetPayload(
      kPayloadUrl, absl::Cord(absl::StrCat(reply.code, "\n", reply.status, "\n",
                                           reply.text)));
  return status;
}

absl::Status ReplyError(const Reply& reply) {
  return WithReply(absl::Status(MeaningOf(reply), reply.text), reply);
}

Reply ReplyFor(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload) return Default(status);
  const std::vector<std::string> parts =
      absl::StrSplit(std::string(*payload), absl::MaxSplits('\n', 2));
  Reply reply;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &reply.code)) {
    return Default(status);
  }
  reply.status = parts[1];
  reply.text = parts[2];
  return reply;
}

}  // namespace postern::mta::smtp
