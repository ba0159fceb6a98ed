#include "lib/kv/stripes.h"

#include <bit>

#include "absl/base/thread_annotations.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

namespace postern::kv {
namespace {

constexpr size_t kMaxKeyBytes = 1024;

}  // namespace

StripeSet StripeOf(absl::string_view key) {
  return StripeSet{1} << (absl::Hash<absl::string_view>()(key) >> 58);
}

absl::Status CheckKey(absl::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a key of ", key.size(), " bytes; 1 to ", kMaxKeyBytes,
                     " are possible"));
  }
  return absl::OkStatus();
}

void Stripes::Lock(StripeSet set) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (; set != 0; set &= set - 1) {
    stripes_[std::countr_zero(set)].mutex.Lock();
  }
}

void Stripes::Unlock(StripeSet set) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (; set != 0; set &= set - 1) {
    stripes_[std::countr_zero(set)].mutex.Unlock();
  }
}

}  // namespace postern::kv
