// pcre tables: Perl-compatible expressions in order, "/pattern/flags result".
//
// Like regexp tables (regexp_snapshot.h) with the other syntax and its flags:
// i (case matters), m ("^" and "$" at every line), s (the dot does not match a
// newline), x (whitespace and comments), A (at the beginning only), U (the
// shortest match), E and X, which change nothing here.
//
// Source:  pcre_table(5). RE2 runs the expressions (pcre_pattern.h).
// Errors:  InvalidArgument "<path>:<line>: <what>", also for what RE2 cannot
//          express.
// Threads: immutable.

#ifndef POSTERN_LIB_TABLE_PCRE_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_PCRE_SNAPSHOT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/snapshot.h"

namespace postern::table {

// Reads the content of a file.
absl::StatusOr<std::unique_ptr<const Snapshot>> ParsePcre(
    absl::string_view content, const std::string& path);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_PCRE_SNAPSHOT_H_
