// What regexp and pcre tables share: rules in order, each with an expression
// that RE2 runs, so whatever the key a look-up takes linear time.
//
// The two differ in the syntax of the expression alone; their parsers turn it
// into RE2's and leave the rest to this file.
//
// Source:  regexp_table(5), pcre_table(5): "!", if/endif, $1 in the result.
// Errors:  InvalidArgument "<path>:<line>: <what>".
// Threads: immutable.

#ifndef POSTERN_LIB_TABLE_EXPRESSION_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_EXPRESSION_SNAPSHOT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/delimited_pattern.h"
#include "lib/table/snapshot.h"

namespace postern::table {

// An expression in the syntax of RE2, and how to run it.
struct Expression {
  std::string text;
  bool is_case_sensitive = false;
  bool dot_matches_newline = true;
  bool is_longest_match = false;  // As POSIX; else the first, as Perl.
};

// Turns a pattern into RE2's syntax, or says what cannot be expressed.
using Translator =
    absl::StatusOr<Expression> (*)(const DelimitedPattern& pattern);

// Reads the content of a file.
absl::StatusOr<std::unique_ptr<const Snapshot>> ParseExpressions(
    absl::string_view content, const std::string& path, Translator translate);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_EXPRESSION_SNAPSHOT_H_
