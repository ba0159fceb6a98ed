// The result of a regexp or pcre rule: text with $1, ${1} or $(1) for what the
// parentheses matched, and $$ for "$".
//
//   ASSIGN_OR_RETURN(ResultText result, ResultText::Parse("$1@example.org"));
//   result.Fill({"user@here", "user"});   // "user@example.org"
//
// Source:  regexp_table(5), pcre_table(5).
// Errors:  InvalidArgument for a "$" that names no group.
// Threads: immutable.
// Limits:  groups 1 to 99.

#ifndef POSTERN_LIB_TABLE_RESULT_TEXT_H_
#define POSTERN_LIB_TABLE_RESULT_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::table {

class ResultText {
 public:
  ResultText() = default;

  static absl::StatusOr<ResultText> Parse(absl::string_view text);

  // The highest group that the result names; 0 if it names none.
  int last_group() const { return last_group_; }

  // Returns the text with the groups put in. groups[0] is the whole match;
  // there must be last_group() + 1 of them.
  std::string Fill(absl::Span<const absl::string_view> groups) const;

 private:
  // A text, and the group whose match follows it.
  struct Piece {
    std::string text;
    int group = 0;  // 0: none.
  };

  std::vector<Piece> pieces_;
  int last_group_ = 0;
};

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_RESULT_TEXT_H_
