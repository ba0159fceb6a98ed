// Keeps small values on this machine's disk, each until its time is over.
//
// One directory, one process. A value that was written is there after a crash
// of the program at once, and after a power failure once `sync_interval` has
// passed. Expired values are absent to every reader; their disk space comes
// back as the files are rewritten in the background, never in one sweep.
// Memory is bounded whatever the number of values.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<kv::Store> store,
//                    kv::Store::Open({.directory = "/var/lib/x"}, clock));
//   const absl::string_view keys[] = {triplet, counter};
//   RETURN_IF_ERROR(store->Update(keys, [&](kv::Found found, kv::Batch& batch)
//   {
//     batch.Put(triplet, found[0] ? Next(found[0]->value) : "1", expires);
//   }));
//
// Errors:  ResourceExhausted (disk full), DataLoss (damaged files, the text
//          names the directory), FailedPrecondition (another process has the
//          directory), InvalidArgument (limits), Unavailable (all other
//          trouble of the disk). A full disk heals by itself: the store looks
//          every sync_interval whether there is room again. After any other
//          failed write it takes no more of them until it is opened anew
//          (Healthy() tells). Reads go on.
// Threads: safe to share. Calls are quick (microseconds from memory) but may
//          wait for the disk.
// Limits:  keys of 1 to 1024 bytes, values of up to 1 MiB, 16 keys an Update.

#ifndef POSTERN_LIB_KV_STORE_H_
#define POSTERN_LIB_KV_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/base/clock.h"
#include "lib/kv/batch.h"
#include "lib/kv/store_options.h"

namespace postern::kv {

// A stored value; the text lives as long as the call that shows it.
struct Entry {
  absl::string_view value;
  absl::Time expires;  // absl::InfiniteFuture(): never.
};

// What Update() found for each of its keys, in their order; nullopt: absent or
// expired.
using Found = absl::Span<const std::optional<Entry>>;

// For metrics. All are cheap estimates.
struct Usage {
  uint64_t entries = 0;       // With expired ones that are still on disk.
  uint64_t disk_bytes = 0;    // Files and log.
  uint64_t memory_bytes = 0;  // Cache and unwritten values.
  uint64_t write_failures = 0;
  uint64_t sync_failures = 0;
};

class Store {
 public:
  // `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<Store>> Open(Options options,
                                                     const Clock& clock);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  // Syncs what was written and closes.
  ~Store();

  // Returns the value, or nullopt when there is none or it has expired.
  absl::StatusOr<std::optional<std::string>> Get(absl::string_view key) const;

  absl::Status Put(absl::string_view key, absl::string_view value,
                   absl::Time expires);
  // Deleting what is not there is no error.
  absl::Status Delete(absl::string_view key);

  // Does all of `batch` or nothing of it.
  absl::Status Write(Batch batch);

  // Reads `keys`, lets `change` put its changes to them into a batch, and does
  // all of these or none. No other write to any of the keys comes between.
  // `change` may write only `keys` (else InvalidArgument and nothing is done)
  // and must not call the store. An empty batch writes nothing.
  absl::Status Update(
      absl::Span<const absl::string_view> keys,
      absl::FunctionRef<void(Found found, Batch& batch)> change);

  // Shows the values whose keys start with `prefix`, in the order of their
  // keys, as they were when the call began; begins behind the key `after` if
  // that is given. `visit` returns false to stop. Costs tens of milliseconds
  // to begin: ask for many at a time.
  absl::Status ForEach(
      absl::string_view prefix,
      absl::FunctionRef<bool(absl::string_view key, const Entry& entry)> visit,
      absl::string_view after = "") const;

  // Returns when everything written so far would survive a power failure.
  // Looks first whether a disk that was full has room again.
  absl::Status Sync();

  // Returns the reason when writes or syncs are failing now.
  absl::Status Healthy() const;

  Usage usage() const;

 private:
  class Engine;
  explicit Store(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_STORE_H_
