// How many connections each client has open, so that none takes them all.
//
//   std::optional<OpenConnections::Ticket> ticket = open.Enter(address, rules);
//   if (!ticket) Refuse();        // the ticket counts until it is destroyed
//
// Threads: locks internally; a ticket may be destroyed on any thread, but not
//          after the object that gave it.
// Limits:  two entries for each client that is connected.

#ifndef POSTERN_MTA_LIMITS_OPEN_CONNECTIONS_H_
#define POSTERN_MTA_LIMITS_OPEN_CONNECTIONS_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/ip.h"
#include "mta/limits/event.h"

namespace postern::mta::limits {

class OpenConnections {
 public:
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : all_(std::exchange(other.all_, nullptr)),
          counted_(std::move(other.counted_)),
          connections_(other.connections_) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (all_ != nullptr) all_->Leave(counted_);
    }

    // How many the client had when it entered, this one among them; 0: it is
    // not counted.
    uint32_t connections() const { return connections_; }

   private:
    friend class OpenConnections;
    Ticket(OpenConnections& all, std::vector<net::Network> counted,
           uint32_t connections)
        : all_(&all), counted_(std::move(counted)), connections_(connections) {}
    OpenConnections* all_;
    std::vector<net::Network> counted_;
    uint32_t connections_;
  };

  OpenConnections() = default;
  OpenConnections(const OpenConnections&) = delete;
  OpenConnections& operator=(const OpenConnections&) = delete;

  // Counts a connection of `client`; nullopt: it, or its network, has enough
  // already.
  std::optional<Ticket> Enter(const net::IpAddress& client, const Rules& rules);

 private:
  void Leave(const std::vector<net::Network>& counted);

  absl::Mutex mutex_;
  absl::flat_hash_map<net::Network, uint32_t> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::limits

#endif  // POSTERN_MTA_LIMITS_OPEN_CONNECTIONS_H_
