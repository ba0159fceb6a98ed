// The private keys, each read when it is first needed and kept.
//
// A file that has changed, also by the swap of links that Kubernetes makes of a
// Secret, is read again before the next signature that is made more than
// `recheck` later. If it is gone or broken then, the key that was good goes on
// signing, and the log says so: keys change without a gap.
//
//   CO_ASSIGN_OR_RETURN(const KeyStore::Key key,
//                       co_await keys.Find(identity.key));
//
// Errors:  of ReadKeyText(); InvalidArgument: no key.
// Threads: safe to share; Find() from reactors, Load() blocks.
// Limits:  `max_keys`; the one that was read first goes.

#ifndef POSTERN_DKIMD_KEY_STORE_H_
#define POSTERN_DKIMD_KEY_STORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dkim/crypto.h"
#include "lib/dkim/key_source.h"
#include "lib/net/task.h"

namespace postern::dkimd {

class KeyStore {
 public:
  using Key = std::shared_ptr<const dkim::PrivateKey>;

  struct Options {
    bool requires_safe_keys = true;
    size_t max_keys = 20'000;
    absl::Duration recheck = absl::Seconds(1);
  };

  // `clock` must outlive it.
  KeyStore(Options options, const Clock& clock);

  // Returns the key; from memory if it is there and was looked at lately.
  net::Task<absl::StatusOr<Key>> Find(dkim::KeySource source);

  // The same at once, on this thread.
  absl::StatusOr<Key> Load(const dkim::KeySource& source);

  // From now on. What is kept was read under the old ones.
  void Replace(Options options);

  // Keys in memory, and times that a changed file was no key.
  size_t size() const;
  // How long ago the oldest of the keys' files was written; zero without one.
  absl::Duration OldestAge() const;
  uint64_t failed_changes() const;

 private:
  // Device, inode, size, rights, and when any of it was changed.
  using Mark =
      std::tuple<uint64_t, uint64_t, int64_t, uint32_t, int64_t, int64_t>;
  struct Entry {
    Key key;
    Mark mark;
    std::optional<Mark> refused;  // A later state of the file that was no key.
    absl::Time checked;
    absl::Time written;
  };

  static Mark MarkOf(const std::string& path);
  // When the file was written; InfiniteFuture() if there is none.
  static absl::Time WrittenAt(const std::string& path);
  Key Fresh(const std::string& name) const;
  // Keeps what was read; after a failure, what was there.
  absl::StatusOr<Key> Settle(const std::string& name, Mark mark,
                             absl::StatusOr<Key> read);

  const Clock& clock_;
  mutable absl::Mutex mutex_;
  Options options_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> order_ ABSL_GUARDED_BY(mutex_);
  uint64_t failed_changes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_KEY_STORE_H_
