#include "mta/restrictions/access_keys.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/net/ip.h"

namespace postern::mta::restrictions {
namespace {

// Adds the parents of `name`, a domain in lower case.
void AddParents(absl::string_view name, const KeyRules& rules,
                std::vector<std::string>& keys) {
  if (net::IpAddress::Parse(name).ok()) return;  // Has none.
  while (keys.size() < kMaxKeys) {
    const size_t dot = name.find('.', 1);
    if (dot == absl::string_view::npos) return;
    name.remove_prefix(rules.parents_without_dot ? dot + 1 : dot);
    if (name.empty()) return;
    keys.emplace_back(name);
  }
}

// Returns the local part without its extension; the same if it has none.
absl::string_view WithoutExtension(absl::string_view local_part,
                                   absl::string_view delimiters) {
  if (delimiters.empty()) return local_part;
  const size_t at = local_part.find_first_of(delimiters);
  return at == 0 || at == absl::string_view::npos ? local_part
                                                  : local_part.substr(0, at);
}

std::string DomainOf(const mail::Address& address) {
  std::string domain = mail::LowerDomain(address.domain);
  if (domain.size() > 1 && domain.back() == '.') domain.pop_back();
  return domain;
}

}  // namespace

KeyRules KeyRules::FromConfig(const config::v1::Mta& config) {
  const auto& places = config.parent_domain_matches_subdomains();
  return {.parents_without_dot = std::find(places.begin(), places.end(),
                                           "smtpd_access_maps") != places.end(),
          .delimiters = DelimitersOf(config)};
}

std::vector<std::string> DomainKeys(absl::string_view name,
                                    const KeyRules& rules) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (lower.empty()) return {};
  std::vector<std::string> keys = {lower};
  AddParents(lower, rules, keys);
  return keys;
}

std::vector<std::string> AddressKeys(absl::string_view address) {
  const char delimiter = absl::StrContains(address, ':') ? ':' : '.';
  std::vector<std::string> keys;
  while (keys.size() < kMaxKeys && !address.empty()) {
    keys.emplace_back(address);
    const size_t at = address.rfind(delimiter);
    if (at == absl::string_view::npos) break;
    address = address.substr(0, at);
  }
  return keys;
}

std::vector<std::string> MailKeys(const mail::Address& address,
                                  const KeyRules& rules) {
  const absl::string_view local = address.local_part;
  const absl::string_view bare = WithoutExtension(local, rules.delimiters);
  const std::string domain = DomainOf(address);
  std::vector<std::string> keys = {absl::StrCat(local, "@", domain)};
  if (bare != local) keys.push_back(absl::StrCat(bare, "@", domain));
  for (std::string& key : DomainKeys(domain, rules)) {
    keys.push_back(std::move(key));
  }
  keys.push_back(absl::StrCat(local, "@"));
  if (bare != local) keys.push_back(absl::StrCat(bare, "@"));
  return keys;
}

std::vector<std::string> OwnerKeys(const mail::Address& address,
                                   absl::string_view delimiters) {
  const absl::string_view local = address.local_part;
  const absl::string_view bare = WithoutExtension(local, delimiters);
  const std::string domain = DomainOf(address);
  std::vector<std::string> keys = {absl::StrCat(local, "@", domain)};
  if (bare != local) keys.push_back(absl::StrCat(bare, "@", domain));
  keys.push_back(absl::StrCat("@", domain));
  return keys;
}

std::string DelimitersOf(const config::v1::Mta& config) {
  const auto* const field =
      config.GetDescriptor()->FindFieldByName("recipient_delimiter");
  if (field == nullptr) return "";
  return config.GetReflection()->GetString(config, field);
}

bool HasPatterns(absl::string_view spec) {
  for (const absl::string_view type : {"regexp:", "pcre:", "cidr:"}) {
    if (absl::StartsWith(spec, type)) return true;
    if ((absl::StartsWith(spec, "unionmap:") ||
         absl::StartsWith(spec, "pipemap:")) &&
        absl::StrContains(spec, type)) {
      return true;
    }
  }
  return false;
}

}  // namespace postern::mta::restrictions
