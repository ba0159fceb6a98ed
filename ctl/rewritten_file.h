// A file that is there already, with other content: it keeps its owner and its
// mode, and a link to it stays a link. After a crash it has either content.
//
//   RETURN_IF_ERROR(RewriteFile("/etc/postern/keytable", text));
//
// Errors:  NotFound if it is not there; else what the disk says. The text
//          begins with the path.
// Threads: blocks.

#ifndef POSTERN_CTL_REWRITTEN_FILE_H_
#define POSTERN_CTL_REWRITTEN_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace postern::ctl {

absl::Status RewriteFile(const std::string& path, const std::string& text);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_REWRITTEN_FILE_H_
