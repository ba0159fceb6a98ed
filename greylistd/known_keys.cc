#include "greylistd/known_keys.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/base/log.h"

namespace postern::greylistd {
namespace {

constexpr size_t kLeastBytes = 1 << 20;
constexpr size_t kMostBytes = 4 << 20;
constexpr size_t kBytesPerKey = 2;
constexpr absl::Duration kReadAgainAfter = absl::Hours(24);
constexpr absl::Duration kLookInterval = absl::Seconds(10);

uint64_t HashOf(absl::string_view key) {
  return absl::Hash<absl::string_view>()(key);
}

bool IsSet(const std::unique_ptr<KeyFilter>* filter) {
  return *filter != nullptr;
}

}  // namespace

KnownKeys::KnownKeys(const kv::Store& store)
    : store_(store), thread_([this] { Run(); }) {}

KnownKeys::~KnownKeys() {
  ends_ = true;
  {
    absl::MutexLock lock(&mutex_);
    is_to_end_ = true;
  }
  thread_.join();
}

void KnownKeys::Add(absl::string_view key) {
  const uint64_t hash = HashOf(key);
  added_.fetch_add(1, std::memory_order_relaxed);
  absl::ReaderMutexLock lock(&mutex_);
  if (filter_) filter_->Add(hash);
  if (next_) next_->Add(hash);
}

bool KnownKeys::MayHave(absl::string_view key) const {
  const uint64_t hash = HashOf(key);
  absl::ReaderMutexLock lock(&mutex_);
  return !filter_ || filter_->MayHave(hash);
}

void KnownKeys::AwaitReady() const {
  absl::ReaderMutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&IsSet, &filter_));
}

void KnownKeys::Run() {
  while (Read() && AwaitNextReading()) {
  }
}

bool KnownKeys::Read() {
  const size_t bytes = std::clamp<size_t>(kBytesPerKey * store_.usage().entries,
                                          kLeastBytes, kMostBytes);
  KeyFilter* filter = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    next_ = std::make_unique<KeyFilter>(bytes);
    filter = next_.get();
  }
  added_ = 0;
  // A key that was added too early for the new filter is in the store by now.
  const absl::Status status =
      store_.ForEach("", [&](absl::string_view key, const kv::Entry&) {
        filter->Add(HashOf(key));
        return !ends_.load(std::memory_order_relaxed);
      });
  if (ends_) return false;
  if (!status.ok()) log::Warning("keys_not_read", {{"error", status}});
  absl::MutexLock lock(&mutex_);
  if (status.ok()) filter_ = std::move(next_);
  next_.reset();
  return true;
}

bool KnownKeys::AwaitNextReading() {
  const absl::Time begin = absl::Now();
  while (absl::Now() - begin < kReadAgainAfter) {
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&is_to_end_), kLookInterval)) {
      return false;
    }
    // It has grown full, and may be larger.
    if (filter_ && filter_->bytes() < kMostBytes &&
        added_ > filter_->bytes() / kBytesPerKey) {
      return true;
    }
  }
  return true;
}

}  // namespace postern::greylistd
