// Tells a subscriber's address out of a provider's pool from a mail server, by
// its name: "dsl-2-77.example.net" for 192.0.2.77.
//
// Neighbours in such a pool have nothing to do with each other, so one of them
// must not profit from what another has done.
//
// Source:  postgrey's rule, the last two numbers of the IPv4 address stand in
//          the name; here as whole numbers, so that "mx1" is not 192.0.1.1's.
// Threads: pure.

#ifndef POSTERN_GREYLISTD_POOL_H_
#define POSTERN_GREYLISTD_POOL_H_

#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace postern::greylistd {

// `client_name` is the verified name, or "unknown".
bool IsPoolName(absl::string_view client_name, const net::IpAddress& address);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_POOL_H_
