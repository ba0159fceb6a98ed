// A connection through a SOCKS5 server, in bytes: what to say to it, and what
// its answers mean.
//
//   stream.Write(SocksGreeting(login.has_value()), …);
//   ASSIGN_OR_RETURN(const SocksMethod method, ReadSocksMethod(two_bytes));
//   // kPassword: SocksLogin(), then ReadSocksLoginReply(two_bytes)
//   stream.Write(SocksConnect(address, port), …);
//   // four bytes, and as many more as ReadSocksReplyHead() says
//
// The address is one that we have found out: no name is told to the server.
//
// Source:  RFC 1928 (version 5, CONNECT), RFC 1929 (user and password).
// Errors:  InvalidArgument: it is no SOCKS5 server. PermissionDenied: it does
//          not want us. Unavailable: it cannot make the connection, and why.
// Threads: pure.

#ifndef POSTERN_MTA_OUTBOUND_SOCKS_H_
#define POSTERN_MTA_OUTBOUND_SOCKS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"
#include "mta/sasl/client.h"

namespace postern::mta::outbound {

enum class SocksMethod { kNone, kPassword };

inline constexpr size_t kSocksMethodBytes = 2;
inline constexpr size_t kSocksLoginReplyBytes = 2;
inline constexpr size_t kSocksReplyHeadBytes = 5;

std::string SocksGreeting(bool has_login);
absl::StatusOr<SocksMethod> ReadSocksMethod(absl::string_view bytes,
                                            bool has_login);

// Neither part may be longer than 255 bytes.
std::string SocksLoginText(const sasl::Login& login);
absl::Status ReadSocksLoginReply(absl::string_view bytes);

std::string SocksConnect(const net::IpAddress& address, uint16_t port);
// Returns how many bytes of the reply come behind these.
absl::StatusOr<size_t> ReadSocksReplyHead(absl::string_view bytes);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_SOCKS_H_
