#include "greylistd/triplet.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "greylistd/digest.h"
#include "greylistd/pool.h"
#include "greylistd/sender.h"
#include "lib/base/printable.h"

namespace postern::greylistd {
namespace {

constexpr size_t kMaxPartBytes = 512;
constexpr size_t kMaxTripletBytes = 400;
constexpr size_t kKeptBytes = 360;

}  // namespace

Client ClientNetworks::Of(const net::IpAddress& address,
                          absl::string_view client_name) const {
  const int prefix = address.is_v4() ? ipv4_prefix : ipv6_prefix;
  Client client;
  client.address = address.ToString();
  client.part = address.Masked(prefix).ToString();
  client.network = absl::StrCat(client.part, "/", prefix);
  if (pool_detection && IsPoolName(client_name, address)) {
    client.part = client.address;
  }
  return client;
}

std::string ClientNetworks::NetworkOf(const net::IpAddress& address) const {
  const int prefix = address.is_v4() ? ipv4_prefix : ipv6_prefix;
  return absl::StrCat(address.Masked(prefix).ToString(), "/", prefix);
}

std::string TripletText(const Client& client, absl::string_view sender,
                        absl::string_view recipient) {
  recipient = recipient.substr(0, kMaxPartBytes);
  sender = sender.substr(0, kMaxPartBytes);
  std::string text;
  text.reserve(client.part.size() + sender.size() + recipient.size() + 2);
  text += client.part;
  text += '/';
  AppendNormalizedSender(sender, text);
  text += '/';
  text.append(recipient.data(), recipient.size());
  absl::AsciiStrToLower(&text);
  ShortenTriplet(text);
  return text;
}

void ShortenTriplet(std::string& triplet) {
  if (triplet.size() <= kMaxTripletBytes) return;
  const std::string digest = ShortDigest(triplet);
  triplet.resize(kKeptBytes);
  absl::StrAppend(&triplet, "/#", digest);
}

absl::StatusOr<net::IpAddress> ClientPartOf(absl::string_view triplet) {
  const size_t slash = triplet.find('/');
  if (slash != absl::string_view::npos &&
      triplet.find('/', slash + 1) != absl::string_view::npos) {
    absl::StatusOr<net::IpAddress> address =
        net::IpAddress::Parse(triplet.substr(0, slash));
    if (address.ok()) return address;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(triplet), "\" is not <address>/<sender>/<recipient>"));
}

}  // namespace postern::greylistd
