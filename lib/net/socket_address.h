// Endpoints as the kernel has them. For lib/net alone.
//
// Threads: pure.

#ifndef POSTERN_LIB_NET_SOCKET_ADDRESS_H_
#define POSTERN_LIB_NET_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include "absl/status/statusor.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"

namespace postern::net {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;

  // InvalidArgument: the host is not an address, or the path is too long.
  static absl::StatusOr<SocketAddress> From(const Endpoint& endpoint);

  int family() const { return storage.ss_family; }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  Endpoint ToEndpoint() const;
  // 127.0.0.1 for a Unix socket.
  IpAddress ToIp() const;
};

// The two ends of a connected socket.
SocketAddress PeerOf(int fd);
SocketAddress LocalOf(int fd);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_SOCKET_ADDRESS_H_
