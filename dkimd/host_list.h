// A set of clients, as opendkim's InternalHosts has it.
//
//   192.0.2.1  192.0.2.0/24  2001:db8::/32  [::1]    addresses and networks
//   mail.example.org                                 that host
//   .example.org                                     the hosts below a domain
//   !192.0.2.7  !host                                not this one
//
// The narrowest entry that fits an address, and the narrowest that fits a name,
// decides; at the same width "!" does. One of the two is enough.
//
// Source:  opendkim.conf(5) InternalHosts, PeerList. Bits behind a prefix do
//          not matter.
// Errors:  InvalidArgument, with the entry.
// Threads: immutable once built.

#ifndef POSTERN_DKIMD_HOST_LIST_H_
#define POSTERN_DKIMD_HOST_LIST_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace postern::dkimd {

class HostList {
 public:
  HostList() = default;
  static absl::StatusOr<HostList> Create(
      const std::vector<std::string>& entries);

  // `name` is the name that the server has verified; what is in brackets is
  // none. A client without an address, on a Unix socket, is 127.0.0.1.
  bool Contains(const std::optional<net::IpAddress>& address,
                absl::string_view name) const;
  bool empty() const { return networks_.empty() && names_.empty(); }

 private:
  absl::Status Add(absl::string_view entry);
  bool HasAddress(const net::IpAddress& address) const;
  bool HasName(absl::string_view name) const;

  // False: not in the list. Names of hosts, and of domains with a dot before.
  absl::flat_hash_map<std::pair<net::IpAddress, int>, bool> networks_;
  absl::flat_hash_map<std::string, bool> names_;
  absl::btree_set<int> prefixes_;  // That occur in `networks_`.
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_HOST_LIST_H_
