// Knows in memory which keys a store surely does not have, so that a flood of
// new senders does not ask the disk in vain.
//
// A thread reads all keys of the store once at the start, and again once a day
// or when many have been added, to forget those that have expired and to choose
// the size anew. Until the first reading is done every key may be there.
//
// Threads: safe from any thread.
// Limits:  1 to 4 MiB, twice that while the keys are read. Beyond 4 million
//          keys "may have" becomes the usual answer, which only costs a
//          look-up.

#ifndef POSTERN_GREYLISTD_KNOWN_KEYS_H_
#define POSTERN_GREYLISTD_KNOWN_KEYS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "greylistd/key_filter.h"
#include "lib/kv/store.h"

namespace postern::greylistd {

class KnownKeys {
 public:
  // `store` must outlive it.
  explicit KnownKeys(const kv::Store& store);
  KnownKeys(const KnownKeys&) = delete;
  KnownKeys& operator=(const KnownKeys&) = delete;
  ~KnownKeys();

  // Says that `key` was written: behind the write, whether it succeeded or not,
  // and before anybody may look for the key. (Before the write would be too
  // early: a reading could begin between the two and see neither.)
  void Add(absl::string_view key);

  // False: the store has no such key.
  bool MayHave(absl::string_view key) const;

  // Waits until the keys have been read for the first time.
  void AwaitReady() const;

 private:
  void Run();
  // Reads all keys into a new filter; false when it was told to end.
  bool Read();
  // Sleeps until it is time to read again; false when told to end.
  bool AwaitNextReading();

  const kv::Store& store_;
  std::atomic<bool> ends_ = false;
  std::atomic<size_t> added_ = 0;  // Since the keys were last read.
  mutable absl::Mutex mutex_;
  // What answers, null before it is ready; and what is being read.
  std::unique_ptr<KeyFilter> filter_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<KeyFilter> next_ ABSL_GUARDED_BY(mutex_);
  bool is_to_end_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_KNOWN_KEYS_H_
