#include "lib/table/rule.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/table/logical_line.h"

namespace postern::table {
namespace {

constexpr size_t kMaxDepth = 16;

// Takes the word `keyword` off `text`, with the whitespace behind it.
bool TakeKeyword(absl::string_view keyword, absl::string_view& text) {
  if (!absl::StartsWithIgnoreCase(text, keyword)) return false;
  const absl::string_view rest = text.substr(keyword.size());
  if (!rest.empty() && absl::ascii_isalnum(rest.front())) return false;
  text = absl::StripLeadingAsciiWhitespace(rest);
  return true;
}

absl::StatusOr<Rule> ParseRule(absl::string_view text,
                               PatternBytes pattern_bytes) {
  Rule rule;
  rule.is_if = TakeKeyword("if", text);
  while (!text.empty() && text.front() == '!') {
    rule.is_negated = !rule.is_negated;
    text = absl::StripLeadingAsciiWhitespace(text.substr(1));
  }
  const size_t bytes = text.empty() ? 0 : pattern_bytes(text);
  if (bytes == 0) return absl::InvalidArgumentError("a pattern is wanted here");
  rule.pattern = std::string(text.substr(0, bytes));
  const absl::string_view result =
      absl::StripLeadingAsciiWhitespace(text.substr(bytes));
  if (rule.is_if && !result.empty()) {
    return absl::InvalidArgumentError("text after the pattern of \"if\"");
  }
  if (!rule.is_if && result.empty()) {
    return absl::InvalidArgumentError("the pattern has no result");
  }
  rule.result = std::string(result);
  return rule;
}

}  // namespace

absl::StatusOr<std::vector<Rule>> ParseRules(absl::string_view content,
                                             const std::string& path,
                                             PatternBytes pattern_bytes) {
  ASSIGN_OR_RETURN(const std::vector<LogicalLine> lines,
                   LogicalLines(content, path));
  std::vector<Rule> rules;
  std::vector<size_t> open;  // The blocks that have not ended, by index.
  for (const LogicalLine& line : lines) {
    absl::string_view text = line.text;
    if (TakeKeyword("endif", text)) {
      if (!text.empty()) {
        return LineError(path, line.number, "text after \"endif\"");
      }
      if (open.empty()) {
        return LineError(path, line.number, "\"endif\" without \"if\"");
      }
      rules[open.back()].end = rules.size();
      open.pop_back();
      continue;
    }
    auto rule = ParseRule(text, pattern_bytes);
    if (!rule.ok()) {
      return LineError(path, line.number, rule.status().message());
    }
    rule->line = line.number;
    if (rule->is_if) open.push_back(rules.size());
    if (open.size() > kMaxDepth) {
      return LineError(path, line.number,
                       absl::StrCat("\"if\" more than ", kMaxDepth, " deep"));
    }
    rules.push_back(*std::move(rule));
  }
  if (!open.empty()) {
    return LineError(path, rules[open.back()].line, "\"if\" without \"endif\"");
  }
  return rules;
}

}  // namespace postern::table
