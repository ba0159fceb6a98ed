// Table files as logical lines: comments gone, continued lines joined.
//
// Source:  postmap(5): a line that starts with whitespace continues the line
//          before it; empty lines and lines whose first character other than
//          whitespace is "#" count for nothing, even inside a continued line.
// Errors:  InvalidArgument "<path>:<line>: <what>" for a file that begins with
//          a continuation or holds a NUL.
// Threads: pure.

#ifndef POSTERN_LIB_TABLE_LOGICAL_LINE_H_
#define POSTERN_LIB_TABLE_LOGICAL_LINE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::table {

struct LogicalLine {
  int number;        // Of its first line, from 1.
  std::string text;  // Not empty, without whitespace at either end.
};

// Returns the logical lines of the file's content. `path` is for the errors.
absl::StatusOr<std::vector<LogicalLine>> LogicalLines(absl::string_view content,
                                                      const std::string& path);

// Returns InvalidArgument "<path>:<line>: <what>".
absl::Status LineError(const std::string& path, int line,
                       absl::string_view what);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_LOGICAL_LINE_H_
