#include "lib/net/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::net {
namespace {

// RFC 4291 section 2.5.5.2: ten zero bytes, two of ones, the IPv4 address.
constexpr size_t kMappedPrefixBytes = 12;

bool IsMapped(const std::array<uint8_t, 16>& bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10,
                     [](uint8_t b) { return b == 0; }) &&
         bytes[10] == 0xff && bytes[11] == 0xff;
}

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text), "\" ", why));
}

// An address as it is written, before a mapped one becomes IPv4.
struct Written {
  bool is_v4;
  std::array<uint8_t, 16> bytes = {};
};

absl::StatusOr<Written> ParseWritten(absl::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() < sizeof(terminated) && text.find('\0') == text.npos) {
    std::memcpy(terminated, text.data(), text.size());
    terminated[text.size()] = '\0';
    Written address;
    address.is_v4 = text.find(':') == text.npos;
    const int family = address.is_v4 ? AF_INET : AF_INET6;
    if (inet_pton(family, terminated, address.bytes.data()) == 1) {
      return address;
    }
  }
  return Invalid(text, "is not an IP address");
}

IpAddress ToAddress(const Written& written) {
  if (!written.is_v4) return IpAddress::V6(written.bytes);
  const auto& b = written.bytes;
  return IpAddress::V4({b[0], b[1], b[2], b[3]});
}

struct Run {
  int begin = 0;
  int size = 0;
};

// Returns the first of the longest runs of zero groups that "::" may stand
// for: RFC 5952 section 4.2.2 wants at least two groups.
Run LongestZeroRun(const std::array<uint16_t, 8>& groups) {
  Run best;
  for (int i = 0; i < 8; ++i) {
    int end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > best.size) best = {i, end - i};
    if (end > i) i = end - 1;
  }
  return best.size >= 2 ? best : Run{8, 0};
}

std::string V6Text(const std::array<uint8_t, 16>& bytes) {
  std::array<uint16_t, 8> groups;
  for (int i = 0; i < 8; ++i) {
    groups[i] = static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  const Run zeros = LongestZeroRun(groups);
  std::string text;
  for (int i = 0; i < 8; ++i) {
    if (i == zeros.begin) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    absl::StrAppend(&text, absl::Hex(groups[i]));
  }
  return text;
}

}  // namespace

absl::StatusOr<IpAddress> IpAddress::Parse(absl::string_view text) {
  ASSIGN_OR_RETURN(const Written written, ParseWritten(text));
  return ToAddress(written);
}

IpAddress IpAddress::V4(std::array<uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::V6(std::array<uint8_t, 16> bytes) {
  if (IsMapped(bytes)) {
    return V4({bytes[12], bytes[13], bytes[14], bytes[15]});
  }
  IpAddress address;
  address.is_v4_ = false;
  address.bytes_ = bytes;
  return address;
}

bool IpAddress::is_loopback() const {
  if (is_v4_) return bytes_[0] == 127;
  return bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1,
                                        [](uint8_t b) { return b == 0; });
}

absl::string_view IpAddress::Packed() const {
  return absl::string_view(reinterpret_cast<const char*>(bytes_.data()),
                           is_v4_ ? 4 : 16);
}

std::string IpAddress::ToString() const {
  if (!is_v4_) return V6Text(bytes_);
  return absl::StrCat(bytes_[0], ".", bytes_[1], ".", bytes_[2], ".",
                      bytes_[3]);
}

IpAddress IpAddress::Masked(int prefix_bits) const {
  assert(prefix_bits >= 0 && prefix_bits <= bits());
  IpAddress masked = *this;
  for (int i = 0; i < bits() / 8; ++i) {
    const int kept = std::clamp(prefix_bits - 8 * i, 0, 8);
    masked.bytes_[i] &= static_cast<uint8_t>(0xff00 >> kept);
  }
  return masked;
}

std::string IpAddress::ReversedLabels() const {
  if (is_v4_) {
    return absl::StrCat(bytes_[3], ".", bytes_[2], ".", bytes_[1], ".",
                        bytes_[0]);
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string labels;
  labels.reserve(64);
  for (int i = 15; i >= 0; --i) {
    labels += kDigits[bytes_[i] & 0xf];
    labels += '.';
    labels += kDigits[bytes_[i] >> 4];
    if (i > 0) labels += '.';
  }
  return labels;
}

absl::StatusOr<Network> Network::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  absl::string_view host = text.substr(0, slash);
  const bool is_bracketed = absl::ConsumePrefix(&host, "[");
  if (is_bracketed && !absl::ConsumeSuffix(&host, "]")) {
    return Invalid(text, "has a bracket that is not closed");
  }
  const auto written = ParseWritten(host);
  if (!written.ok()) return Invalid(text, "is not an IP address or network");
  const int written_bits = written->is_v4 ? 32 : 128;
  int prefix_bits = written_bits;
  if (slash != text.npos) {
    const absl::string_view digits = text.substr(slash + 1);
    if (digits.empty() || digits.size() > 3 ||
        digits.find_first_not_of("0123456789") != digits.npos ||
        !absl::SimpleAtoi(digits, &prefix_bits) || prefix_bits > written_bits) {
      return Invalid(text, absl::StrCat("has a bad prefix length: 0 to ",
                                        written_bits, " are possible"));
    }
  }
  const IpAddress address = ToAddress(*written);
  if (address.bits() != written_bits) {  // A mapped network.
    prefix_bits -= 8 * static_cast<int>(kMappedPrefixBytes);
  }
  if (prefix_bits < 0 || address.Masked(prefix_bits) != address) {
    return Invalid(text, "has bits beyond its prefix");
  }
  return Network(address, prefix_bits);
}

Network::Network(const IpAddress& address, int prefix_bits)
    : address_(address.Masked(prefix_bits)), prefix_bits_(prefix_bits) {}

bool Network::Contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  const int whole = prefix_bits_ / 8;
  if (std::memcmp(address.bytes().data(), address_.bytes().data(), whole) !=
      0) {
    return false;
  }
  const int rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff00 >> rest);
  return (address.bytes()[whole] & mask) == address_.bytes()[whole];
}

std::string Network::ToString() const {
  return absl::StrCat(address_.ToString(), "/", prefix_bits_);
}

}  // namespace postern::net
