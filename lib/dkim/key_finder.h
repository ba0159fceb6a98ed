// Finds the keys of signatures in the DNS, many at a time, and keeps them.
//
//   KeyFinder finder(resolver, clock, drain);
//   std::vector<FoundKeys> keys =
//       co_await finder.Find({"mail._domainkey.example.org"}, deadline);
//
// A key is kept as long as the DNS says, an hour at most, ready for use; one
// that comes again unchanged is not read again.
//
// Source:  RFC 6376 section 6.1.2. Several records are not defined there: here
//          each of the first 4 that can be read is tried (DK-09).
// Errors:  none: what cannot be found out is in the result. No answer is
//          temporary, "there is none" is not (DK-10).
// Threads: one finder serves all reactors; Find() from a task.
// Limits:  10000 names are kept; then those that are old are dropped, or all.

#ifndef POSTERN_LIB_DKIM_KEY_FINDER_H_
#define POSTERN_LIB_DKIM_KEY_FINDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dkim/public_key.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"

namespace postern::dkim {

struct FoundKeys {
  enum class Outcome {
    kFound,
    kNone,      // The name does not exist, or has no TXT record.
    kNoAnswer,  // Not in time, or not at all.
  };
  Outcome outcome = Outcome::kNoAnswer;
  std::vector<std::shared_ptr<const KeyRecord>> records;
  bool is_secure = false;  // DNSSEC.
};

class KeyFinder {
 public:
  // All of them must outlive it.
  KeyFinder(dns::Resolver& resolver, const Clock& clock, net::Drain& drain)
      : resolver_(resolver), clock_(clock), drain_(drain) {}
  KeyFinder(const KeyFinder&) = delete;
  KeyFinder& operator=(const KeyFinder&) = delete;

  // Returns what each of `names` has, in their order. Ends by the deadline.
  net::Task<std::vector<FoundKeys>> Find(std::vector<std::string> names,
                                         net::Deadline deadline);

 private:
  struct Kept {
    FoundKeys keys;
    std::vector<std::string> texts;  // Of the records.
    absl::Time until;
  };
  struct Search;

  bool TakeKept(const std::string& name, FoundKeys& keys);
  net::Task<FoundKeys> LookUp(std::string name, net::Deadline deadline);
  net::Task<> LookUpBeside(std::shared_ptr<Search> search, size_t index);
  FoundKeys Keep(const std::string& name, const dns::Answer& answer);
  void MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  dns::Resolver& resolver_;
  const Clock& clock_;
  net::Drain& drain_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_KEY_FINDER_H_
