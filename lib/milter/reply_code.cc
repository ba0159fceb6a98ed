#include "lib/milter/reply_code.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/milter/packet.h"

namespace postern::milter {
namespace {

absl::Status Malformed() {
  return absl::InvalidArgumentError("milter: malformed reply");
}

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

bool IsCode(int code) { return code >= 400 && code <= 599; }

// "5.7.1" of the class of `code`.
bool IsEnhancedCode(absl::string_view text, int code) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  return parts.size() == 3 && parts[0] == absl::StrCat(code / 100) &&
         std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
           return IsDigits(part) && part.size() <= 3;
         });
}

// An enhanced code, of whatever class, at the beginning of a line.
absl::string_view EnhancedCodeOf(absl::string_view line) {
  const absl::string_view word = line.substr(0, line.find(' '));
  for (const int code : {200, 400, 500}) {
    if (IsEnhancedCode(word, code)) return word;
  }
  return "";
}

// Takes one line of a reply with code into `verdict`. `mark` stands behind the
// code where a text follows.
absl::Status TakeReplyLine(absl::string_view line, char mark,
                           Verdict& verdict) {
  const absl::string_view digits = line.substr(0, 3);
  if (digits.size() < 3 || !IsDigits(digits) ||
      line.find_first_of("\r\n") != absl::string_view::npos) {
    return Malformed();
  }
  const int code =
      (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  const bool is_first = verdict.lines.empty();
  if (!IsCode(code) || (!is_first && code != verdict.code)) {
    return Malformed();
  }
  verdict.code = code;
  if (line.size() > 3 && line[3] != mark) return Malformed();
  if (line.size() == 3 && mark == '-') return Malformed();
  absl::string_view text = line.size() > 3 ? line.substr(4) : "";
  const absl::string_view enhanced = EnhancedCodeOf(text);
  if (!enhanced.empty()) {
    if (!IsEnhancedCode(enhanced, code)) return Malformed();
    if (is_first) verdict.enhanced_code = std::string(enhanced);
    if (enhanced == verdict.enhanced_code) {
      text.remove_prefix(std::min(text.size(), enhanced.size() + 1));
    }
  }
  verdict.lines.push_back(
      Printable(absl::StrReplaceAll(text, {{"%%", "%"}}), kMaxReplyLineBytes));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Verdict> ParseReplyCode(absl::string_view body) {
  const std::optional<absl::string_view> text = TakeText(body);
  if (!text.has_value() || !body.empty()) return Malformed();
  const std::vector<absl::string_view> lines = absl::StrSplit(*text, "\r\n");
  if (lines.size() > kMaxReplyLines) return Malformed();
  Verdict verdict = Verdict::Of(Verdict::Kind::kReply);
  for (size_t i = 0; i < lines.size(); ++i) {
    const char mark = i + 1 < lines.size() ? '-' : ' ';
    RETURN_IF_ERROR(TakeReplyLine(lines[i], mark, verdict));
  }
  return verdict;
}

absl::Status CheckReplyCode(const Verdict& verdict) {
  if (verdict.kind != Verdict::Kind::kReply) return absl::OkStatus();
  if (!IsCode(verdict.code) || verdict.lines.empty() ||
      verdict.lines.size() > kMaxReplyLines ||
      (!verdict.enhanced_code.empty() &&
       !IsEnhancedCode(verdict.enhanced_code, verdict.code))) {
    return absl::InvalidArgumentError(
        absl::StrCat("milter: the filter replies ", verdict.code, " with ",
                     Printable(verdict.enhanced_code, 16), " and ",
                     verdict.lines.size(), " lines"));
  }
  return absl::OkStatus();
}

void AppendReplyCode(const Verdict& verdict, std::string& output) {
  for (size_t i = 0; i < verdict.lines.size(); ++i) {
    const bool is_last = i + 1 == verdict.lines.size();
    absl::StrAppend(&output, verdict.code, is_last ? " " : "-");
    if (!verdict.enhanced_code.empty()) {
      absl::StrAppend(&output, verdict.enhanced_code, " ");
    }
    absl::StrAppend(&output, SafeReplyLine(verdict.lines[i]),
                    is_last ? "" : "\r\n");
  }
}

std::string SafeReplyLine(absl::string_view line) {
  return absl::StrReplaceAll(Printable(line, kMaxReplyLineBytes),
                             {{"%", "%%"}});
}

}  // namespace postern::milter
