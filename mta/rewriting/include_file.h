// Reads a file that an alias includes, if nobody but root and we could have
// written it.
//
// Source:  aliases(5), :include:. Who can write to the file sends our mail
//          wherever they like, so it must be a plain file of root or of ours,
//          and neither group nor others may write to it; the last part of its
//          path must not be a symbolic link.
// Errors:  InvalidArgument: not an absolute path; PermissionDenied: somebody
//          else could have written it; ResourceExhausted: too large; else what
//          the system says.
// Threads: safe. Blocking.
// Limits:  4 MiB.

#ifndef POSTERN_MTA_REWRITING_INCLUDE_FILE_H_
#define POSTERN_MTA_REWRITING_INCLUDE_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace postern::mta::rewriting {

absl::StatusOr<std::string> ReadIncludeFile(const std::string& path);

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_INCLUDE_FILE_H_
