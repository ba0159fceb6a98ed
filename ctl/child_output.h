// Runs another program and reads what it prints, line by line.
//
//   RETURN_IF_ERROR(ForEachLine({"db5.3_dump", "-p", file},
//                               [&](absl::string_view line) { ... }));
//
// No shell is involved. The program's errors go to our standard error.
//
// Errors:  NotFound: there is no such program; Internal: it failed; whatever
//          `take` returns, after which the program's output is not read on.
// Threads: blocks.

#ifndef POSTERN_CTL_CHILD_OUTPUT_H_
#define POSTERN_CTL_CHILD_OUTPUT_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern::ctl {

// `command` is the program, found on the PATH, and its arguments. `take` gets
// each line without its newline.
absl::Status ForEachLine(
    const std::vector<std::string>& command,
    absl::FunctionRef<absl::Status(absl::string_view line)> take);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_CHILD_OUTPUT_H_
