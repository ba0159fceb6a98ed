// Which logins have been refused, so that a wrong password is not tried until
// the account is locked.
//
//   if (const auto known = memory.Refused(login, "mx.example.org")) …wait…
//   memory.NoteRefused(login, "mx.example.org", outcome);
//
// A login with another password is another login and is tried at once.
//
// Threads: locks internally.
// Limits:  it is kept for `time`, of kMostLogins logins; then it begins anew.

#ifndef POSTERN_MTA_OUTBOUND_LOGIN_MEMORY_H_
#define POSTERN_MTA_OUTBOUND_LOGIN_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "mta/queue/outcome.h"
#include "mta/sasl/client.h"

namespace postern::mta::outbound {

class LoginMemory {
 public:
  static constexpr size_t kMostLogins = 10000;

  // Zero: nothing is kept.
  explicit LoginMemory(absl::Duration time) : time_(time) {}

  // Returns a number that no other login has, now or later.
  uint64_t NumberOf(const sasl::Login& login);

  void NoteRefused(const sasl::Login& login, absl::string_view host,
                   queue::Outcome outcome);
  // Returns what the host said, if it has refused the login lately.
  std::optional<queue::Outcome> Refused(const sasl::Login& login,
                                        absl::string_view host);

 private:
  struct Refusal {
    queue::Outcome outcome;
    net::Deadline until;
  };

  const absl::Duration time_;
  absl::Mutex mutex_;
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::pair<std::string, std::string>, uint64_t> numbers_
      ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::pair<uint64_t, std::string>, Refusal> refused_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_LOGIN_MEMORY_H_
