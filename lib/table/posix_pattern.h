// POSIX extended regular expressions in the syntax of RE2.
//
// The two look alike and differ in silence: in POSIX a backslash inside a
// bracket expression is a backslash, "\<" is the beginning of a word, "a+?" is
// "(a+)?". An expression comes out with its POSIX meaning, or not at all.
//
// Source:  POSIX.1-2017 section 9.4 and the extensions of GNU libc that
//          Postfix's tables rely on (\w \W \s \S \b \B). \d and \D are taken
//          for digits, which POSIX leaves undefined.
// Errors:  InvalidArgument, saying what cannot be expressed.
// Threads: pure.

#ifndef POSTERN_LIB_TABLE_POSIX_PATTERN_H_
#define POSTERN_LIB_TABLE_POSIX_PATTERN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::table {

// Returns `pattern` as RE2 has to read it. What is wrong in both syntaxes is
// left to RE2 to find.
absl::StatusOr<std::string> PosixToRe2(absl::string_view pattern);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_POSIX_PATTERN_H_
