#include "mta/server/header_rules.h"

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/printable.h"

namespace postern::mta::server {

absl::StatusOr<HeaderRules> HeaderRules::FromConfig(
    const config::v1::Mta& config) {
  HeaderRules rules;
  for (const std::string& word : config.local_header_rewrite_clients()) {
    if (word == "permit_inet_interfaces") {
      rules.for_this_host = true;
    } else if (word == "permit_mynetworks") {
      rules.for_mynetworks = true;
    } else if (word == "permit_sasl_authenticated") {
      rules.for_authenticated = true;
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("local_header_rewrite_clients: \"", Printable(word),
                       "\": permit_inet_interfaces, permit_mynetworks or "
                       "permit_sasl_authenticated is wanted"));
    }
  }
  rules.adds_always = config.always_add_missing_headers();
  rules.undisclosed_recipients = config.undisclosed_recipients_header();
  const absl::string_view field = rules.undisclosed_recipients;
  const bool is_plain = absl::c_all_of(
      field, [](unsigned char c) { return c >= ' ' && c < 0x7f; });
  if (!field.empty() && (!is_plain || field.find(':') == field.npos)) {
    return absl::InvalidArgumentError(
        "undisclosed_recipients_header: is not a header field");
  }
  return rules;
}

bool HeaderRules::Rewrites(const HeaderClient& client) const {
  return (for_this_host && client.is_this_host) ||
         (for_mynetworks && client.is_in_mynetworks) ||
         (for_authenticated && client.is_authenticated);
}

}  // namespace postern::mta::server
