// A new file that grows piece by piece and is synced when asked.
//
//   ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(path));
//   RETURN_IF_ERROR(file.Write(bytes));
//   RETURN_IF_ERROR(file.Sync());   // file and name are on stable storage
//
// Errors:  AlreadyExists: nothing is overwritten; else what the disk says. The
//          text starts with the path.
// Threads: one at a time; blocks.

#ifndef POSTERN_CTL_OUTPUT_FILE_H_
#define POSTERN_CTL_OUTPUT_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/base/unique_fd.h"

namespace postern::ctl {

class OutputFile {
 public:
  // Only its owner may read it.
  static absl::StatusOr<OutputFile> Create(const std::string& path);

  absl::Status Write(absl::string_view bytes);
  absl::Status Sync();
  // Deletes it: it is of no use.
  void Remove();

 private:
  OutputFile(std::string path, UniqueFd fd);
  absl::Status Flush();

  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  bool has_name_ = false;  // Its directory was synced.
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_OUTPUT_FILE_H_
