// The PROXY header that a connection of ours may begin with: its two ends.
//
//   stream.Write(ProxyHeader(ours, our_port, host.address, host.port), …);
//
// Source:  HAProxy's "The PROXY protocol", version 2, PROXY of TCP. Where the
//          families of the ends differ it is LOCAL, which says nothing.
// Threads: pure.

#ifndef POSTERN_MTA_OUTBOUND_PROXY_HEADER_H_
#define POSTERN_MTA_OUTBOUND_PROXY_HEADER_H_

#include <cstdint>
#include <string>

#include "lib/net/ip.h"

namespace postern::mta::outbound {

std::string ProxyHeader(const net::IpAddress& source, uint16_t source_port,
                        const net::IpAddress& destination,
                        uint16_t destination_port);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_PROXY_HEADER_H_
