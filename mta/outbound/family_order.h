// In which order the addresses of hosts are tried, so that a family of
// addresses that leads nowhere costs no message its time.
//
//   FamilyOrder order(FamilyOrder::Preference::kAny);
//   order.Arrange(hosts);
//   …the connection to hosts[i] ran out of time…
//   order.NoteAway(hosts[i].address);   // that family is tried last for a
//   while order.NoteReached(hosts[i].address);
//
// Hosts keep their order; the addresses of one take turns, a family each, and
// begin with the one that is preferred. A family in which a connection ran out
// of time, or had no way, is tried behind the other one, at every host, for
// kAwayTime or until it takes one.
//
// Source:  postconf(5) smtp_address_preference, smtp_balance_inet_protocols;
//          RFC 8305 in its aim, with one attempt after the other.
// Threads: safe.

#ifndef POSTERN_MTA_OUTBOUND_FAMILY_ORDER_H_
#define POSTERN_MTA_OUTBOUND_FAMILY_ORDER_H_

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/ip.h"
#include "mta/routing/mx.h"

namespace postern::mta::outbound {

inline constexpr absl::Duration kAwayTime = absl::Minutes(10);

class FamilyOrder {
 public:
  enum class Preference { kAny, kIpv4, kIpv6 };

  explicit FamilyOrder(Preference preference) : preference_(preference) {}
  FamilyOrder(const FamilyOrder&) = delete;
  FamilyOrder& operator=(const FamilyOrder&) = delete;

  void Arrange(std::vector<routing::Host>& hosts) const;

  // What became of a connection to the address.
  void NoteAway(const net::IpAddress& address);
  void NoteReached(const net::IpAddress& address);

 private:
  bool IsAway(bool is_v4) const;

  const Preference preference_;
  mutable absl::Mutex mutex_;
  // Of IPv6 and IPv4.
  net::Deadline away_until_[2] ABSL_GUARDED_BY(mutex_) = {
      net::Deadline::After(absl::ZeroDuration()),
      net::Deadline::After(absl::ZeroDuration())};
};

// Whether a host behind `index` has an address of the other family.
bool HasOtherFamilyBehind(const std::vector<routing::Host>& hosts,
                          size_t index);

// Whether a connection that failed so says that there is no way to its family.
bool IsNoWay(const absl::Status& status);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_FAMILY_ORDER_H_
