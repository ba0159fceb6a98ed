#include "lib/net/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"

namespace postern::net {
namespace {

constexpr std::array<uint8_t, 4> kLoopback = {127, 0, 0, 1};

absl::StatusOr<SocketAddress> FromPath(const std::string& path) {
  SocketAddress address;
  auto& un = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.size() >= sizeof(un.sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("unix:", path, ": path longer than ",
                     sizeof(un.sun_path) - 1, " bytes"));
  }
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.c_str(), path.size() + 1);
  address.size = offsetof(sockaddr_un, sun_path) + path.size() + 1;
  return address;
}

uint16_t PortOf(const SocketAddress& address) {
  // sin_port and sin6_port stand in the same place.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

}  // namespace

absl::StatusOr<SocketAddress> SocketAddress::From(const Endpoint& endpoint) {
  if (endpoint.is_unix()) return FromPath(endpoint.unix_path);
  ASSIGN_OR_RETURN(const IpAddress ip, IpAddress::Parse(endpoint.host));
  SocketAddress address;
  if (ip.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, ip.bytes().data(), 4);
    address.size = sizeof(in);
  } else {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::memcpy(&in6.sin6_addr, ip.bytes().data(), 16);
    address.size = sizeof(in6);
  }
  return address;
}

Endpoint SocketAddress::ToEndpoint() const {
  if (family() != AF_UNIX) return Endpoint::Tcp(ToIp(), PortOf(*this));
  const auto& un = reinterpret_cast<const sockaddr_un&>(storage);
  constexpr size_t kPathAt = offsetof(sockaddr_un, sun_path);
  Endpoint endpoint;
  const size_t length =
      size > kPathAt ? strnlen(un.sun_path, size - kPathAt) : 0;
  // The connecting end of a Unix socket has no path.
  endpoint.unix_path = length > 0 ? std::string(un.sun_path, length) : "-";
  return endpoint;
}

IpAddress SocketAddress::ToIp() const {
  if (family() == AF_INET) {
    std::array<uint8_t, 4> bytes;
    std::memcpy(bytes.data(),
                &reinterpret_cast<const sockaddr_in&>(storage).sin_addr, 4);
    return IpAddress::V4(bytes);
  }
  if (family() == AF_INET6) {
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(),
                &reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr, 16);
    return IpAddress::V6(bytes);
  }
  return IpAddress::V4(kLoopback);
}

SocketAddress PeerOf(int fd) {
  SocketAddress address;
  address.size = sizeof(address.storage);
  ::getpeername(fd, reinterpret_cast<sockaddr*>(&address.storage),
                &address.size);
  return address;
}

SocketAddress LocalOf(int fd) {
  SocketAddress address;
  address.size = sizeof(address.storage);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage),
                &address.size);
  return address;
}

}  // namespace postern::net
