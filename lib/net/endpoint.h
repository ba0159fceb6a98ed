// Where to listen or connect: a TCP host and port, or a Unix socket.
//
// Written "127.0.0.1:25", "[::1]:25", "mx.example.org:25" or "unix:/path";
// Postfix's "inet:host:port" is understood as well.
//
// Errors:  InvalidArgument with the text at fault.
// Threads: a value.

#ifndef POSTERN_LIB_NET_ENDPOINT_H_
#define POSTERN_LIB_NET_ENDPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace postern::net {

struct Endpoint {
  std::string host;       // An address or a name; empty for a Unix socket.
  uint16_t port = 0;      // 0 when listening: the kernel chooses.
  std::string unix_path;  // Empty for TCP.

  static absl::StatusOr<Endpoint> Parse(absl::string_view text);
  static Endpoint Tcp(const IpAddress& address, uint16_t port);

  bool is_unix() const { return !unix_path.empty(); }
  // Returns the text that Parse() understands.
  std::string ToString() const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_ENDPOINT_H_
