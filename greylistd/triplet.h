// Who writes to whom, from where: what greylisting remembers.
//
// A triplet is written "<client>/<sender>/<recipient>", all lower-case, as
// postgrey writes it. The client is its network ("192.0.2.0"), or its own
// address where that says more (pool.h). The sender is normalised (sender.h).
//
//   const ClientNetworks networks{.ipv4_prefix = 24, .ipv6_prefix = 64};
//   const Client client = networks.Of(address, "mail.example.org");
//   const std::string triplet = TripletText(client, sender, recipient);
//
// Threads: values.
// Limits:  sender and recipient are cut at 512 bytes, as postgrey does. A
//          triplet of more than 400 bytes keeps its first 360, then "/#" and
//          a digest of the whole.

#ifndef POSTERN_GREYLISTD_TRIPLET_H_
#define POSTERN_GREYLISTD_TRIPLET_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace postern::greylistd {

// A client under the three names that it is known by.
struct Client {
  std::string network;  // "192.0.2.0/24": whom it shares limits with.
  std::string part;     // "192.0.2.0": its part of a triplet.
  std::string address;  // "192.0.2.77".

  friend bool operator==(const Client&, const Client&) = default;
};

// How clients are taken together.
struct ClientNetworks {
  int ipv4_prefix = 24;
  int ipv6_prefix = 64;
  bool pool_detection = true;

  Client Of(const net::IpAddress& address, absl::string_view client_name) const;

  // Returns "192.0.2.0/24" for an address, also for the client part of a
  // triplet.
  std::string NetworkOf(const net::IpAddress& address) const;
};

std::string TripletText(const Client& client, absl::string_view sender,
                        absl::string_view recipient);

// Cuts a triplet's text that is too long, as said above.
void ShortenTriplet(std::string& triplet);

// Returns the address that a triplet starts with. InvalidArgument: it does not
// start with one, or lacks its other parts.
absl::StatusOr<net::IpAddress> ClientPartOf(absl::string_view triplet);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_TRIPLET_H_
