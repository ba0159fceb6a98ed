#include "mta/outbound/socks.h"

#include <iterator>

#include "absl/strings/str_cat.h"

namespace postern::mta::outbound {
namespace {

constexpr char kVersion = 5;
constexpr char kLoginVersion = 1;
constexpr char kNoLogin = 0;
constexpr char kPassword = 2;
constexpr char kConnect = 1;
constexpr char kIpv4 = 1;
constexpr char kName = 3;
constexpr char kIpv6 = 4;
constexpr size_t kPortBytes = 2;

// RFC 1928 section 6.
constexpr const char* kReplies[] = {
    "",
    "general failure",
    "not allowed by its rules",
    "network is unreachable",
    "host is unreachable",
    "connection refused",
    "the time to live is over",
    "it cannot connect",
    "it does not know this kind of address",
};

absl::Status NoSocks() {
  return absl::InvalidArgumentError("it does not speak SOCKS5");
}

}  // namespace

std::string SocksGreeting(bool has_login) {
  return has_login ? std::string{kVersion, 2, kNoLogin, kPassword}
                   : std::string{kVersion, 1, kNoLogin};
}

absl::StatusOr<SocksMethod> ReadSocksMethod(absl::string_view bytes,
                                            bool has_login) {
  if (bytes.size() != kSocksMethodBytes || bytes[0] != kVersion) {
    return NoSocks();
  }
  if (bytes[1] == kNoLogin) return SocksMethod::kNone;
  if (bytes[1] == kPassword && has_login) return SocksMethod::kPassword;
  return absl::PermissionDeniedError("it wants another login");
}

std::string SocksLoginText(const sasl::Login& login) {
  return absl::StrCat(
      std::string{kLoginVersion},
      std::string(1, static_cast<char>(login.user.size())), login.user,
      std::string(1, static_cast<char>(login.password.size())), login.password);
}

absl::Status ReadSocksLoginReply(absl::string_view bytes) {
  if (bytes.size() != kSocksLoginReplyBytes || bytes[0] != kLoginVersion) {
    return NoSocks();
  }
  if (bytes[1] == 0) return absl::OkStatus();
  return absl::PermissionDeniedError("it does not know our password");
}

std::string SocksConnect(const net::IpAddress& address, uint16_t port) {
  std::string text{kVersion, kConnect, 0, address.is_v4() ? kIpv4 : kIpv6};
  text.append(reinterpret_cast<const char*>(address.bytes().data()),
              address.bits() / 8);
  text += static_cast<char>(port >> 8);
  text += static_cast<char>(port & 0xff);
  return text;
}

absl::StatusOr<size_t> ReadSocksReplyHead(absl::string_view bytes) {
  if (bytes.size() != kSocksReplyHeadBytes || bytes[0] != kVersion) {
    return NoSocks();
  }
  const size_t reply = static_cast<unsigned char>(bytes[1]);
  if (reply != 0) {
    return absl::UnavailableError(reply < std::size(kReplies)
                                      ? std::string(kReplies[reply])
                                      : absl::StrCat("its reply is ", reply));
  }
  // One byte of the address is here already.
  switch (bytes[3]) {
    case kIpv4:
      return 3 + kPortBytes;
    case kIpv6:
      return 15 + kPortBytes;
    case kName:
      return static_cast<unsigned char>(bytes[4]) + kPortBytes;
    default:
      return NoSocks();
  }
}

}  // namespace postern::mta::outbound
