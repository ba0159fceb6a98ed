// What DNS lists said lately, so that a client that sends to many recipients is
// looked up once.
//
//   if (std::optional<DnsblRecords> known = cache.Find(name)) …
//   cache.Put(name, records, ttl);
//
// Threads: locks internally.
// Limits:  kMaxNames names; when it is full, those that expired go, and if none
//          did, all do. An answer is kept for its TTL, 1 s to 1 h, a failure
//          for 30 s: so a dead list costs its deadline once in that time.

#ifndef POSTERN_MTA_RESTRICTIONS_DNSBL_CACHE_H_
#define POSTERN_MTA_RESTRICTIONS_DNSBL_CACHE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/net/ip.h"

namespace postern::mta::restrictions {

// What a list has about a name.
struct DnsblRecords {
  bool has_failed = false;                // It could not be found out.
  std::vector<net::IpAddress> addresses;  // Empty: it is not listed.
  std::string reason;  // The list's words, any bytes; may be empty.
};

class DnsblCache {
 public:
  static constexpr size_t kMaxNames = 50'000;

  // `clock` must outlive it.
  explicit DnsblCache(const Clock& clock) : clock_(clock) {}

  std::optional<DnsblRecords> Find(const std::string& name) const;
  void Put(const std::string& name, DnsblRecords records, absl::Duration ttl);

 private:
  struct Entry {
    DnsblRecords records;
    absl::Time expires;
  };

  void MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DNSBL_CACHE_H_
