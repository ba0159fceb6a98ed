#include "lib/table/regexp_snapshot.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/table/expression_snapshot.h"
#include "lib/table/posix_pattern.h"

namespace postern::table {
namespace {

absl::StatusOr<Expression> Translate(const DelimitedPattern& pattern) {
  Expression expression{.is_longest_match = true};
  bool is_multi_line = false;
  bool is_basic = false;
  for (const char flag : pattern.flags) {
    if (flag == 'i') {
      expression.is_case_sensitive = !expression.is_case_sensitive;
    } else if (flag == 'm') {
      is_multi_line = !is_multi_line;
    } else if (flag == 'x') {
      is_basic = !is_basic;
    } else {
      return UnknownFlag(flag);
    }
  }
  if (is_basic) {
    return absl::InvalidArgumentError("flag x: RE2 has no basic syntax");
  }
  ASSIGN_OR_RETURN(expression.text, PosixToRe2(pattern.expression));
  if (is_multi_line) expression.text = absl::StrCat("(?m)", expression.text);
  expression.dot_matches_newline = !is_multi_line;
  return expression;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> ParseRegexp(
    absl::string_view content, const std::string& path) {
  return ParseExpressions(content, path, Translate);
}

}  // namespace postern::table
