// Where this relay itself answers, so that it never connects to itself.
//
// Mail that would come back to us goes round until its hop count is used up;
// a domain whose MX points at our own address or at loopback does that to us on
// purpose (security catalogue MTA-31). What counts is address and port: another
// server on this machine is a legitimate next hop.
//
//   OwnEndpoints own("mx.example.org", InterfaceAddresses());
//   own.AddListener(endpoint);          // one a listener, with its real port
//   own.Contain(address, 25);           // true: that is us
//
// Threads: fill it first; then safe to share.

#ifndef POSTERN_MTA_ROUTING_OWN_ENDPOINTS_H_
#define POSTERN_MTA_ROUTING_OWN_ENDPOINTS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"

namespace postern::mta::routing {

// Returns the addresses of this machine's interfaces.
std::vector<net::IpAddress> InterfaceAddresses();

class OwnEndpoints {
 public:
  // `interfaces` are what a listener on 0.0.0.0 or [::] answers at.
  OwnEndpoints(std::string hostname, std::vector<net::IpAddress> interfaces);

  // Adds what a listener answers at. Unix sockets and names do not count.
  void AddListener(const net::Endpoint& endpoint);

  // Tells whether a connection to `address` and `port` would reach us. The
  // unspecified address reaches this machine, as the kernel has it.
  bool Contain(const net::IpAddress& address, uint16_t port) const;

  // Tells whether `name` is our own host name, in any case and with or without
  // a dot at the end.
  bool IsOwnName(absl::string_view name) const;

  const std::string& hostname() const { return hostname_; }

 private:
  std::string hostname_;
  std::vector<net::IpAddress> interfaces_;
  absl::flat_hash_set<std::pair<net::IpAddress, uint16_t>> endpoints_;
  absl::flat_hash_set<uint16_t> everywhere_;  // Ports of 0.0.0.0 and [::].
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_OWN_ENDPOINTS_H_
