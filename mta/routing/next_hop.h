// Where a recipient's mail goes next: into a mailbox here, to the relayhost, or
// to the mail exchangers of its domain.
//
// This is the pure half of routing: addresses and configuration in, next hops
// out. Which hosts a next hop stands for is asked of the DNS by mx.h.
//
//   ASSIGN_OR_RETURN(Router router, Router::FromConfig(config));
//   for (const std::string& recipient : recipients) {
//     routes.push_back({router.For(recipient), sender});
//   }
//   for (const Group& group : GroupsOf(routes)) {
//     Deliver(group.route.next_hop, group.recipients);   // indexes
//   }
//
// An address literal (user@[192.0.2.1]) goes to that address, unless
// refuse_address_literals; all else goes to the relayhost, or to its
// domain's MX if there is none. An address without a
// domain is one at myhostname. What the settings and their tables say of a
// recipient besides that is found by transport_map.h.
//
// Source:  RFC 5321 section 4.1.3 (address literals); postconf(5) relayhost,
//          transport(5).
// Errors:  InvalidArgument; the text starts with the config field at fault.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_ROUTING_NEXT_HOP_H_
#define POSTERN_MTA_ROUTING_NEXT_HOP_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/routing/transport.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::routing {

struct NextHop {
  enum class Kind {
    kNowhere,  // It is known already what becomes of the recipient.
    kLocal,    // A user of this machine.
    kMailbox,  // A mailbox of virtual_mailbox_domains.
    kFile,     // A file that an alias names.
    kCommand,  // A command that an alias names.
    kPipe,     // A transport that is a command.
    kError,    // Bounced.
    kRetry,    // Deferred.
    kDiscard,  // Thrown away.
    kSocket,   // A Unix socket, by its path; always LMTP.
    kHost,     // This very host: a name or an address, without MX look-up.
    kMx,       // The mail exchangers of this domain.
  };
  // Where to go when there is no way to connect to any host before.
  struct Place {
    Kind kind = Kind::kMx;
    std::string host;
    uint16_t port = 0;

    friend auto operator<=>(const Place&, const Place&) = default;

    template <typename H>
    friend H AbslHashValue(H h, const Place& place) {
      return H::combine(std::move(h), place.kind, place.host, place.port);
    }
  };

  Kind kind = Kind::kMx;
  // In lower case; an address has no brackets. The file, the command or the
  // path, the text of kError, kRetry, kDiscard and kPipe; empty for what else
  // stays here.
  std::string host;
  uint16_t port = 0;
  // It stands in the configuration, so what is wrong with it is our mistake:
  // mail waits until that is mended and is never bounced for it.
  bool is_relayhost = false;
  std::vector<Place> others = {};
  bool is_lmtp = false;   // RFC 2033.
  std::string pipe = {};  // Of kPipe: its name.
  // What goes there is to arrive even where TLS fails: whatever is demanded of
  // the hosts of other mail is not demanded here.
  bool is_tls_optional = false;

  // Returns "nowhere", "local", "mailbox", "file", "command", "pipe", "error",
  // "retry", "discard", "[host]:port" or "domain:port"; with a comma before
  // each place more, and "lmtp:" in front where that is spoken.
  std::string ToString() const;

  friend auto operator<=>(const NextHop&, const NextHop&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const NextHop& hop) {
    return H::combine(std::move(h), hop.kind, hop.host, hop.port,
                      hop.is_relayhost, hop.others, hop.is_lmtp, hop.pipe,
                      hop.is_tls_optional);
  }
};

// Reads "[host]:port", "[host]", "host:port" or "domain". An IP address needs
// no brackets to be taken as one, and an IPv6 one may have Postfix's prefix
// ("[ipv6:2001:db8::1]"). InvalidArgument tells what is wrong.
absl::StatusOr<NextHop> ParseNextHop(absl::string_view text,
                                     uint16_t default_port);

// Reads one or more of these, with commas or spaces between them.
absl::StatusOr<NextHop> ParseNextHops(absl::string_view text,
                                      uint16_t default_port);

// Reads a list of what `parse` reads.
absl::StatusOr<NextHop> ParseList(
    absl::string_view text,
    absl::FunctionRef<absl::StatusOr<NextHop>(absl::string_view)> parse);

// Returns what follows the last "@" of `address`, in lower case, in A-labels
// (lib/mail/idna.h) and without a dot at the end; empty when there is none.
std::string DomainOf(absl::string_view address);

// The way of one recipient's copy.
struct Route {
  NextHop next_hop;
  std::string sender;  // The reverse-path that it goes with.

  friend auto operator<=>(const Route&, const Route&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Route& route) {
    return H::combine(std::move(h), route.next_hop, route.sender);
  }
};

// Recipients that share a route, and so a transaction.
struct Group {
  Route route;
  std::vector<size_t> recipients;  // Indexes, ascending.
};

// Returns the recipients, one a route, grouped, in the order in which each
// route first appears.
std::vector<Group> GroupsOf(const std::vector<Route>& routes);

class Router {
 public:
  // Takes myhostname, relayhost, smtp.port and smtp.refuse_address_literals.
  static absl::StatusOr<Router> FromConfig(const config::v1::Mta& config);

  // Returns the next hop of one recipient (an address without brackets).
  NextHop For(absl::string_view recipient) const;
  // Returns where `transport` takes it; without a kind it is smtp.
  // InvalidArgument: it has no next hop that is one.
  absl::StatusOr<NextHop> For(absl::string_view recipient,
                              const Transport& transport) const;

 private:
  Router() = default;
  NextHop ForDomain(absl::string_view recipient, bool skips_relayhost) const;
  absl::StatusOr<NextHop> ForLmtp(absl::string_view recipient,
                                  const Transport& transport) const;

  std::string myhostname_;
  uint16_t port_ = 25;
  bool refuses_literals_ = false;
  std::optional<NextHop> relayhost_;
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_NEXT_HOP_H_
