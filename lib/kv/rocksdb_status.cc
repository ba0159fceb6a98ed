#include "lib/kv/rocksdb_status.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern::kv {

absl::Status ToStatus(const rocksdb::Status& status,
                      const std::string& directory) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat(directory, ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(text);
  if (status.IsCorruption()) return absl::DataLossError(text);
  // RocksDB has no code for this: both processes want the file LOCK.
  if (status.IsIOError() && absl::StrContains(text, "/LOCK:")) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory, ": another process is using it"));
  }
  return absl::UnavailableError(text);
}

}  // namespace postern::kv
