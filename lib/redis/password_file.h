// A password kept in a file of its own.

#ifndef POSTERN_LIB_REDIS_PASSWORD_FILE_H_
#define POSTERN_LIB_REDIS_PASSWORD_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace postern::redis {

// Returns the first line of `path`. Blocking. NotFound, PermissionDenied …, or
// InvalidArgument for a file that is empty or too large; the text starts with
// the path and never holds the password.
absl::StatusOr<std::string> ReadPassword(const std::string& path);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_PASSWORD_FILE_H_
