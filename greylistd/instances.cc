#include "greylistd/instances.h"

#include "absl/hash/hash.h"

namespace postern::greylistd {

bool Instances::IsNew(absl::string_view instance) {
  if (instance.empty()) return true;
  const uint64_t hash = absl::Hash<absl::string_view>()(instance) | 1;
  absl::MutexLock lock(&mutex_);
  if (!known_.insert(hash).second) return false;
  if (ring_[next_] != 0) known_.erase(ring_[next_]);
  ring_[next_] = hash;
  next_ = (next_ + 1) % kRemembered;
  return true;
}

}  // namespace postern::greylistd
