// Perl-compatible expressions in the syntax of RE2.
//
// Most means the same in both. What means something else in silence (\s, \v,
// \12) or has another spelling there is (\h, \R, \Z, (?<name>…)) comes out with
// PCRE's meaning; what RE2 does not have at all (back-references, look-around,
// atomic groups, possessive quantifiers) is an error, here or in RE2.
//
// Source:  pcre2pattern(3), of 8-bit strings without UTF.
// Errors:  InvalidArgument, saying what cannot be expressed.
// Threads: pure.
// Bugs:    "$" matches at the end only, not before a newline at the end.

#ifndef POSTERN_LIB_TABLE_PCRE_PATTERN_H_
#define POSTERN_LIB_TABLE_PCRE_PATTERN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::table {

// Returns `pattern` as RE2 has to read it. `is_extended`: whitespace and what
// follows a "#" stand for nothing (PCRE2_EXTENDED). What is wrong in both
// syntaxes is left to RE2 to find.
absl::StatusOr<std::string> PcreToRe2(absl::string_view pattern,
                                      bool is_extended);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_PCRE_PATTERN_H_
