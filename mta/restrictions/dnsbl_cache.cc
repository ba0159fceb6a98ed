#include "mta/restrictions/dnsbl_cache.h"

#include <algorithm>
#include <utility>

namespace postern::mta::restrictions {
namespace {

constexpr absl::Duration kShortest = absl::Seconds(1);
constexpr absl::Duration kLongest = absl::Hours(1);
constexpr absl::Duration kAfterFailure = absl::Seconds(30);

}  // namespace

std::optional<DnsblRecords> DnsblCache::Find(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.expires <= clock_.Now()) {
    return std::nullopt;
  }
  return found->second.records;
}

void DnsblCache::Put(const std::string& name, DnsblRecords records,
                     absl::Duration ttl) {
  const absl::Duration wait =
      records.has_failed ? kAfterFailure : std::clamp(ttl, kShortest, kLongest);
  absl::MutexLock lock(&mutex_);
  if (entries_.size() >= kMaxNames && !entries_.contains(name)) MakeRoom();
  entries_.insert_or_assign(name,
                            Entry{std::move(records), clock_.Now() + wait});
}

void DnsblCache::MakeRoom() {
  const absl::Time now = clock_.Now();
  absl::erase_if(entries_, [now](const auto& entry) {
    return entry.second.expires <= now;
  });
  if (entries_.size() >= kMaxNames) entries_.clear();
}

}  // namespace postern::mta::restrictions
