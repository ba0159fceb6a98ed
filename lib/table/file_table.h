// A table whose content stands in a file, and follows the file's changes.
//
// Errors:  those of reading and parsing; the text starts with the path.
// Threads: locks internally; Refresh() blocks.

#ifndef POSTERN_LIB_TABLE_FILE_TABLE_H_
#define POSTERN_LIB_TABLE_FILE_TABLE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "lib/table/snapshot.h"
#include "lib/table/table.h"

namespace postern::table {

class FileTable final : public Table {
 public:
  using Parser = absl::StatusOr<std::unique_ptr<const Snapshot>> (*)(
      absl::string_view content, const std::string& path);

  // Reads `path` for the first time.
  static absl::StatusOr<std::unique_ptr<Table>> Open(std::string path,
                                                     Parser parser);

  std::optional<std::string> Lookup(absl::string_view key) const override;
  absl::StatusOr<bool> Refresh() override;
  std::vector<Result> Results() const override;

 private:
  // What tells one state of a file from another.
  struct Stamp {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t size = -1;
    int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  FileTable(std::string path, Parser parser)
      : path_(std::move(path)), parser_(parser) {}

  std::shared_ptr<const Snapshot> content() const;
  static absl::StatusOr<Stamp> StampOf(const std::string& path);

  const std::string path_;
  const Parser parser_;

  absl::Mutex refreshing_;  // One at a time; held while reading.
  absl::StatusOr<Stamp> stamp_ ABSL_GUARDED_BY(refreshing_) = Stamp();

  mutable absl::Mutex mutex_;
  std::shared_ptr<const Snapshot> content_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_FILE_TABLE_H_
