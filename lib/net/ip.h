// IP addresses and networks: parsed, compared, masked, printed.
//
// An IPv4-mapped IPv6 address (::ffff:192.0.2.1) becomes the IPv4 address when
// it is parsed or read from a socket, so no rule can be evaded by spelling
// (SPF-09).
//
// Source:  RFC 4291 section 2.2 and 2.5.5.2, RFC 5952 (text form), RFC 4632.
// Errors:  InvalidArgument with the text at fault.
// Threads: values.

#ifndef POSTERN_LIB_NET_IP_H_
#define POSTERN_LIB_NET_IP_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::net {

class IpAddress {
 public:
  // 0.0.0.0.
  IpAddress() = default;

  // Parses "192.0.2.1" or "2001:db8::1" (no brackets, no zone).
  static absl::StatusOr<IpAddress> Parse(absl::string_view text);
  static IpAddress V4(std::array<uint8_t, 4> bytes);
  // A mapped address becomes the IPv4 address.
  static IpAddress V6(std::array<uint8_t, 16> bytes);

  bool is_v4() const { return is_v4_; }
  bool is_loopback() const;
  // The number of bits: 32 or 128.
  int bits() const { return is_v4_ ? 32 : 128; }
  // The bytes in network order: 4 or 16 of them count.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  // The bytes as binary text: a key of 4 or 16 characters.
  absl::string_view Packed() const;

  std::string ToString() const;

  // Returns the address with all but the first `prefix_bits` bits cleared.
  IpAddress Masked(int prefix_bits) const;

  // Returns the name to ask a DNS list or the reverse zone for: octets or
  // nibbles reversed, e.g. "1.2.0.192" (no dot at the end).
  std::string ReversedLabels() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine(std::move(h), a.is_v4_, a.bytes_);
  }

 private:
  bool is_v4_ = true;
  std::array<uint8_t, 16> bytes_ = {};
};

class Network {
 public:
  // Parses "192.0.2.0/24", "2001:db8::/32" or an address alone, which may be
  // in brackets: "[::1]/128". Bits beyond the prefix must be zero, as Postfix
  // has it: "192.0.2.1/24" is an error.
  static absl::StatusOr<Network> Parse(absl::string_view text);
  // The network of `address`; `prefix_bits` is at most address.bits().
  Network(const IpAddress& address, int prefix_bits);

  bool Contains(const IpAddress& address) const;
  const IpAddress& address() const { return address_; }
  int prefix_bits() const { return prefix_bits_; }
  std::string ToString() const;

  friend auto operator<=>(const Network&, const Network&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Network& n) {
    return H::combine(std::move(h), n.address_, n.prefix_bits_);
  }

 private:
  IpAddress address_;
  int prefix_bits_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_IP_H_
