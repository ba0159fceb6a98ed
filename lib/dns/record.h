// The records of the domain name system that mail has to do with.
//
// Source:  RFC 1035, RFC 2782, RFC 3596, RFC 6698.
// Threads: values.

#ifndef POSTERN_LIB_DNS_RECORD_H_
#define POSTERN_LIB_DNS_RECORD_H_

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace postern::dns {

enum class Type : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kTlsa = 52,
};

// Returns "MX" and the like.
absl::string_view TypeName(Type type);

struct Mx {
  uint16_t preference = 0;
  std::string host;  // Empty: the root, as a null MX has it (RFC 7505).
  friend auto operator<=>(const Mx&, const Mx&) = default;
};

struct Txt {
  std::vector<std::string> parts;  // The character-strings, any bytes.
  // Returns the parts with nothing between them (RFC 7208 section 3.3).
  std::string Joined() const;
  friend auto operator<=>(const Txt&, const Txt&) = default;
};

struct Ptr {
  std::string name;
  friend auto operator<=>(const Ptr&, const Ptr&) = default;
};

// Only when it is asked for: other look-ups follow it.
struct Cname {
  std::string name;
  friend auto operator<=>(const Cname&, const Cname&) = default;
};

struct Ns {
  std::string name;
  friend auto operator<=>(const Ns&, const Ns&) = default;
};

struct Soa {
  std::string primary;  // The name server that takes changes of the zone.
  friend auto operator<=>(const Soa&, const Soa&) = default;
};

struct Srv {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target;  // Empty: the service is not offered.
  friend auto operator<=>(const Srv&, const Srv&) = default;
};

struct Tlsa {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching_type = 0;
  std::string data;  // Binary.
  friend auto operator<=>(const Tlsa&, const Tlsa&) = default;
};

// Host names in records are lower-case, have no dot at the end and are made of
// letters, digits, '-' and '_': a record with any other is left out.
using Record =
    std::variant<net::IpAddress, Mx, Txt, Ptr, Srv, Tlsa, Cname, Ns, Soa>;

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_RECORD_H_
