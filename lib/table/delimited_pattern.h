// "/expression/flags": how regexp and pcre tables write a pattern.
//
// Source:  regexp_table(5), pcre_table(5): any punctuation but a backslash may
//          delimit, and a backslash takes its meaning away.
// Errors:  InvalidArgument, naming the flag.
// Threads: pure.

#ifndef POSTERN_LIB_TABLE_DELIMITED_PATTERN_H_
#define POSTERN_LIB_TABLE_DELIMITED_PATTERN_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern::table {

struct DelimitedPattern {
  absl::string_view expression;
  absl::string_view flags;
};

// Returns the number of bytes of the pattern at the beginning of `text`, which
// is not empty; 0 if there is none.
size_t DelimitedBytes(absl::string_view text);

// Takes apart what DelimitedBytes() has measured; lives as long as `pattern`.
DelimitedPattern SplitPattern(absl::string_view pattern);

// The error of a flag that the table's kind does not have.
absl::Status UnknownFlag(char flag);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_DELIMITED_PATTERN_H_
