// The keys under which a name, an address or a mail address is looked up in an
// access table, in order.
//
//   MailKeys({"user+ext", "example.org"}, {.delimiters = "+"})
//   -> "user+ext@example.org", "user@example.org", "example.org", "org",
//      "user+ext@", "user@"
//
// Source:  access(5), "EMAIL ADDRESS PATTERNS", "HOST NAME/ADDRESS PATTERNS";
//          postconf(5), parent_domain_matches_subdomains: parents are looked
//          up as "example.org", or as ".example.org" without smtpd_access_maps.
//          Tables with patterns (regexp, pcre, cidr) are asked for the first
//          key only.
// Threads: pure.
// Limits:  kMaxKeys keys.

#ifndef POSTERN_MTA_RESTRICTIONS_ACCESS_KEYS_H_
#define POSTERN_MTA_RESTRICTIONS_ACCESS_KEYS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/mail/address.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

inline constexpr size_t kMaxKeys = 300;

struct KeyRules {
  bool parents_without_dot = true;
  std::string delimiters;  // recipient_delimiter.

  static KeyRules FromConfig(const config::v1::Mta& config);
};

std::vector<std::string> DomainKeys(absl::string_view name,
                                    const KeyRules& rules);
std::vector<std::string> AddressKeys(absl::string_view address);
std::vector<std::string> MailKeys(const mail::Address& address,
                                  const KeyRules& rules);

// The keys of smtpd_sender_login_maps: with extension, without, "@domain".
std::vector<std::string> OwnerKeys(const mail::Address& address,
                                   absl::string_view delimiters);

// Returns recipient_delimiter.
std::string DelimitersOf(const config::v1::Mta& config);

// Tells whether a table has patterns rather than keys.
bool HasPatterns(absl::string_view spec);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_ACCESS_KEYS_H_
