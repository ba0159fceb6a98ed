// What is wrong in a file, as the error of a verb: it is no wrong argument, and
// the usage would not help.
//
//   if (!key.ok()) return FileError(path, key.status());
//
// Threads: pure.

#ifndef POSTERN_CTL_FILE_ERROR_H_
#define POSTERN_CTL_FILE_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern::ctl {

// Returns the error with `place` before its text, unless that is empty;
// InvalidArgument becomes FailedPrecondition.
absl::Status FileError(absl::string_view place, const absl::Status& status);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_FILE_ERROR_H_
