// TLS sessions that a client may take up again, so that the next connection to
// the same server costs no certificate. For lib/net alone.
//
// A session is found by its key, which names all that its trust depends on
// (TlsPeer::session_key), and is kept as bytes: connections share no object of
// OpenSSL.
//
// Threads: locks internally.
// Limits:  1000 sessions of 16 KiB; one more takes the place of any other.

#ifndef POSTERN_LIB_NET_TLS_SESSIONS_H_
#define POSTERN_LIB_NET_TLS_SESSIONS_H_

#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"

namespace postern::net {

class TlsSessions {
 public:
  static constexpr size_t kMaxSessions = 1000;
  static constexpr size_t kMaxSessionBytes = 16384;

  // A session can be had for `lifetime`.
  TlsSessions(absl::Duration lifetime, const Clock& clock)
      : lifetime_(lifetime), clock_(clock) {}

  // Keeps the latest session of `key`, unless it is too big.
  void Put(absl::string_view key, std::string session);

  // Returns the session of `key`; empty: there is none.
  std::string Get(absl::string_view key) const;

  size_t size() const;

 private:
  struct Session {
    std::string bytes;
    absl::Time end;
  };

  const absl::Duration lifetime_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_SESSIONS_H_
