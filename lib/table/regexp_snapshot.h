// regexp tables: expressions in order, "/pattern/flags result".
//
// The letters' case does not matter unless the flag i is there; the flag m
// makes "^" and "$" match at every line's ends and "." no line's end. $1 to $9,
// ${1} and $(1) in a result stand for what the parentheses matched, $$ for
// "$". Any character may delimit the pattern in place of "/".
//
// Source:  regexp_table(5). Expressions have their POSIX meaning
//          (posix_pattern.h); RE2 runs in linear time whatever the key.
// Errors:  InvalidArgument "<path>:<line>: <what>", also for what RE2 cannot
//          express.
// Threads: immutable.
// Bugs:    with the flag m, [^a] matches a line's end, which POSIX denies.

#ifndef POSTERN_LIB_TABLE_REGEXP_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_REGEXP_SNAPSHOT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/snapshot.h"

namespace postern::table {

// Reads the content of a file.
absl::StatusOr<std::unique_ptr<const Snapshot>> ParseRegexp(
    absl::string_view content, const std::string& path);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_REGEXP_SNAPSHOT_H_
