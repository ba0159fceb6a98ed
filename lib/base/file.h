// Whole files: reading small ones, writing them so that a crash leaves either
// the old or the new content.
//
// Errors:  NotFound, PermissionDenied, ResourceExhausted (disk full or file too
//          large) or Unavailable; the text starts with the path.
// Threads: safe to call from any thread. Blocking: not on a reactor once the
//          program serves.

#ifndef POSTERN_LIB_BASE_FILE_H_
#define POSTERN_LIB_BASE_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {

// Returns the content of `path`, which must not exceed `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_bytes = 64 << 20);

// Replaces the content of `path` and returns when it is on stable storage.
// `mode` is the permission of a new file.
absl::Status WriteFile(const std::string& path, absl::string_view content,
                       int mode = 0644);

// Creates `path` and what is missing above it.
absl::Status MakeDirectories(const std::string& path, int mode = 0755);

// Turns an errno value into a Status: "<what>: <text of the error>".
absl::Status ErrnoStatus(int error, absl::string_view what);

}  // namespace postern

#endif  // POSTERN_LIB_BASE_FILE_H_
