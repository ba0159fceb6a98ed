// The keys that session tickets are sealed with, renewed by time.
//
// A ticket holds a session, sealed, so that the server keeps nothing. Whoever
// has the key can read the sessions of all its tickets: so a key seals for one
// lifetime, opens for another, and is forgotten. Each listener has keys of its
// own: a ticket of one is nothing to another (MTA-21).
//
//   TlsTicketKeys keys(absl::Hours(1), Clock::System());
//   const TlsTicketKeys::Key key = keys.Current();
//   const std::optional<TlsTicketKeys::Found> found = keys.Find(key.name);
//
// Source:  RFC 5077 section 5.5 (management of the keys).
// Threads: locks internally.

#ifndef POSTERN_LIB_NET_TLS_TICKET_KEYS_H_
#define POSTERN_LIB_NET_TLS_TICKET_KEYS_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"

namespace postern::net {

class TlsTicketKeys {
 public:
  struct Key {
    std::array<uint8_t, 16> name;
    std::array<uint8_t, 32> cipher_key;
    std::array<uint8_t, 32> mac_key;
  };
  struct Found {
    Key key;
    bool is_old;  // It does not seal any more: give a new ticket.
  };

  // `clock` must outlive the keys.
  TlsTicketKeys(absl::Duration lifetime, const Clock& clock);

  // Returns the key to seal with now.
  Key Current();
  // Returns the key of this name, unless it is forgotten or was never ours.
  std::optional<Found> Find(const std::array<uint8_t, 16>& name);

  absl::Duration lifetime() const { return lifetime_; }

 private:
  void Renew() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Duration lifetime_;
  const Clock& clock_;
  absl::Mutex mutex_;
  absl::Time renewed_ ABSL_GUARDED_BY(mutex_);
  Key current_ ABSL_GUARDED_BY(mutex_);
  std::optional<Key> previous_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_TICKET_KEYS_H_
