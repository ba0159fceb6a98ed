#include "mta/outbound/bind_addresses.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::outbound {
namespace {

absl::Status Wrong(absl::string_view field, absl::string_view what,
                   absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("smtp.", field, ": \"", Printable(what), "\": ", why));
}

template <typename Texts>
absl::StatusOr<std::vector<std::string>> ReadAddresses(absl::string_view field,
                                                       const Texts& texts,
                                                       bool is_v4) {
  std::vector<std::string> addresses;
  for (const std::string& text : texts) {
    const auto address = net::IpAddress::Parse(text);
    if (!address.ok() || address->is_v4() != is_v4) {
      return Wrong(
          field, text,
          is_v4 ? "an IPv4 address is wanted" : "an IPv6 address is wanted");
    }
    addresses.push_back(address->ToString());
  }
  return addresses;
}

// FNV-1a: the same in every process, so that a restart changes nothing.
uint64_t HashOf(absl::string_view text) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  return hash ^ (hash >> 32);
}

}  // namespace

absl::StatusOr<BindAddresses> BindAddresses::FromConfig(
    const config::v1::Mta& config) {
  const config::v1::Smtp& smtp = config.smtp();
  BindAddresses ours;
  ASSIGN_OR_RETURN(ours.v4_, ReadAddresses("smtp_bind_address",
                                           smtp.smtp_bind_address(), true));
  ASSIGN_OR_RETURN(ours.v6_, ReadAddresses("smtp_bind_address6",
                                           smtp.smtp_bind_address6(), false));
  ours.is_enforced_ = smtp.smtp_bind_address_enforce();
  ours.name_ = smtp.smtp_helo_name().empty() ? config.myhostname()
                                             : smtp.smtp_helo_name();
  for (const auto& [text, name] : smtp.smtp_helo_names()) {
    const auto address = net::IpAddress::Parse(text);
    if (!address.ok() || name.empty()) {
      return Wrong("smtp_helo_names", text,
                   "an address and the name that we have there are wanted");
    }
    ours.names_.emplace(address->ToString(), name);
  }
  return ours;
}

std::string BindAddresses::For(const net::IpAddress& peer,
                               absl::string_view destination) const {
  const std::vector<std::string>& addresses = peer.is_v4() ? v4_ : v6_;
  if (addresses.empty()) return "";
  return addresses[HashOf(destination) % addresses.size()];
}

const std::string& BindAddresses::HeloName(
    const std::string& local_address) const {
  const auto at = names_.find(local_address);
  return at == names_.end() ? name_ : at->second;
}

}  // namespace postern::mta::outbound
