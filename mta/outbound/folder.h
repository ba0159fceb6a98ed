// Folders and files below a base that is ours: paths that stay there, folders
// made as needed, and what an error of the disk means for mail.
//
//   RETURN_IF_ERROR(CheckPath(path));
//   RETURN_IF_ERROR(MakeFolders(base, "example.org/anna"));
//
// Errors:  as the system has them; an error from FileError() that says that a
//          quota is used up can be told from a full disk.
// Threads: safe. Blocking.

#ifndef POSTERN_MTA_OUTBOUND_FOLDER_H_
#define POSTERN_MTA_OUTBOUND_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mta/queue/outcome.h"

namespace postern::mta::outbound {

// Tells whether a relative path has only plain parts: none is empty, begins
// with a dot, is too long or has a control character.
bool IsPlainPath(absl::string_view path);

// Makes the folders of `path`, durably and for us alone, below `base`, which
// must exist (it may be a mount that is not there).
absl::Status MakeFolders(const std::string& base, absl::string_view path);

// Makes what is in a folder's list of files durable.
absl::Status SyncFolder(const std::string& path);

// Returns the error in errno about `what`.
absl::Status FileError(absl::string_view what);

// Disk full is deferred with 4.3.1, over quota with 4.2.2, a message that
// cannot be read with 4.3.0, any other error with 4.2.0.
queue::Outcome OutcomeOfError(const absl::Status& status);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_FOLDER_H_
