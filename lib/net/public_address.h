// Tells the addresses of the Internet from those that only mean something here:
// this machine, the network that it is in, a cloud's metadata service.
//
// Whoever connects to where a stranger's text points asks this about each
// address, just before connecting, so that nobody uses us to reach what he
// cannot reach himself (SSRF), by whatever name or spelling.
//
// Source:  IANA's registries of special-purpose addresses (RFC 6890), RFC 4291
//          section 2.4 (IPv6: 2000::/3), RFC 6052 (NAT64: the IPv4 address
//          inside decides).
// Threads: pure.

#ifndef POSTERN_LIB_NET_PUBLIC_ADDRESS_H_
#define POSTERN_LIB_NET_PUBLIC_ADDRESS_H_

#include "lib/net/ip.h"

namespace postern::net {

// Tells whether `address` is unicast and can be reached across the Internet.
// Loopback, private, link-local, shared, multicast, reserved, documentation and
// tunnel addresses are not.
bool IsPublicAddress(const IpAddress& address);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_PUBLIC_ADDRESS_H_
