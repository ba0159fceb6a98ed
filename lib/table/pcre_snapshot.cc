#include "lib/table/pcre_snapshot.h"

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/table/expression_snapshot.h"
#include "lib/table/pcre_pattern.h"

namespace postern::table {
namespace {

// Each flag turns its option round.
struct Flags {
  bool case_sensitive = false;
  bool multi_line = false;
  bool dot_all = true;
  bool extended = false;
  bool anchored = false;
  bool ungreedy = false;
};

absl::StatusOr<Flags> ReadFlags(absl::string_view text) {
  Flags flags;
  for (const char flag : text) {
    switch (flag) {
      case 'i':
        flags.case_sensitive = !flags.case_sensitive;
        break;
      case 'm':
        flags.multi_line = !flags.multi_line;
        break;
      case 's':
        flags.dot_all = !flags.dot_all;
        break;
      case 'x':
        flags.extended = !flags.extended;
        break;
      case 'A':
        flags.anchored = !flags.anchored;
        break;
      case 'U':
        flags.ungreedy = !flags.ungreedy;
        break;
      case 'E':
      case 'X':
        break;
      default:
        return UnknownFlag(flag);
    }
  }
  return flags;
}

absl::StatusOr<Expression> Translate(const DelimitedPattern& pattern) {
  ASSIGN_OR_RETURN(const Flags flags, ReadFlags(pattern.flags));
  ASSIGN_OR_RETURN(const std::string text,
                   PcreToRe2(pattern.expression, flags.extended));
  Expression expression{.is_case_sensitive = flags.case_sensitive,
                        .dot_matches_newline = flags.dot_all};
  expression.text =
      absl::StrCat(flags.multi_line ? "(?m)" : "", flags.ungreedy ? "(?U)" : "",
                   flags.anchored ? absl::StrCat("\\A(?:", text, ")") : text);
  return expression;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> ParsePcre(
    absl::string_view content, const std::string& path) {
  return ParseExpressions(content, path, Translate);
}

}  // namespace postern::table
