// How many connections each client has open, so that none takes them all.
//
//   std::optional<ClientLimits::Ticket> ticket = limits.Enter(address);
//   if (!ticket) Refuse();        // the ticket counts until it is destroyed
//
// An IPv6 client is its /64: one customer has at least that much.
//
// Threads: locks internally; a ticket may be destroyed on any thread, but not
//          after the limits.
// Limits:  one entry for each client that is connected.

#ifndef POSTERN_MTA_SERVER_CLIENT_LIMITS_H_
#define POSTERN_MTA_SERVER_CLIENT_LIMITS_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/ip.h"

namespace postern::mta::server {

class ClientLimits {
 public:
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)),
          client_(other.client_) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (limits_ != nullptr) limits_->Leave(client_);
    }

   private:
    friend class ClientLimits;
    Ticket(ClientLimits& limits, const net::IpAddress& client)
        : limits_(&limits), client_(client) {}
    ClientLimits* limits_;
    net::IpAddress client_;
  };

  explicit ClientLimits(uint32_t max_per_client)
      : max_per_client_(max_per_client) {}

  // Counts a connection of `client`; nullopt: it has enough already.
  std::optional<Ticket> Enter(const net::IpAddress& client);

 private:
  void Leave(const net::IpAddress& client);

  const uint32_t max_per_client_;
  absl::Mutex mutex_;
  absl::flat_hash_map<net::IpAddress, uint32_t> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CLIENT_LIMITS_H_
