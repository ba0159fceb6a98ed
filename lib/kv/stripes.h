// Locks for keys: every key belongs to one of 64, so that a change to a few
// keys shuts out the other changes to them and little else.
//
//   const StripeLock lock(stripes, StripeOf(triplet) | StripeOf(counter));
//
// Threads: safe to share. Locks are taken in one order, so two threads never
//          wait for each other.

#ifndef POSTERN_LIB_KV_STRIPES_H_
#define POSTERN_LIB_KV_STRIPES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace postern::kv {

// A set of stripes, one bit each.
using StripeSet = uint64_t;

// Returns the stripe of `key`, as a set of one.
StripeSet StripeOf(absl::string_view key);

// Returns InvalidArgument for a key that is empty or longer than 1024 bytes.
absl::Status CheckKey(absl::string_view key);

class Stripes {
 public:
  void Lock(StripeSet set);
  void Unlock(StripeSet set);

 private:
  static constexpr size_t kStripes = 64;
  // Apart from each other in the processor's cache.
  struct alignas(64) Stripe {
    absl::Mutex mutex;
  };
  std::array<Stripe, kStripes> stripes_;
};

class StripeLock {
 public:
  StripeLock(Stripes& stripes, StripeSet set) : stripes_(stripes), set_(set) {
    stripes_.Lock(set_);
  }
  StripeLock(const StripeLock&) = delete;
  StripeLock& operator=(const StripeLock&) = delete;
  ~StripeLock() { stripes_.Unlock(set_); }

 private:
  Stripes& stripes_;
  const StripeSet set_;
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_STRIPES_H_
