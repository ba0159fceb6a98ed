// Whose messages get their headers mended, and how far.
//
// Source:  postconf(5): local_header_rewrite_clients,
//          always_add_missing_headers, undisclosed_recipients_header.
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault.
// Threads: a value; pure.

#ifndef POSTERN_MTA_SERVER_HEADER_RULES_H_
#define POSTERN_MTA_SERVER_HEADER_RULES_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

// What is known of a client.
struct HeaderClient {
  bool is_this_host = false;
  bool is_in_mynetworks = false;
  bool is_authenticated = false;
};

struct HeaderRules {
  bool for_this_host = false;
  bool for_mynetworks = false;
  bool for_authenticated = false;
  bool adds_always = false;
  std::string undisclosed_recipients;  // A field without its line end.

  static absl::StatusOr<HeaderRules> FromConfig(const config::v1::Mta& config);

  // Tells whether addresses in the headers of this client are rewritten.
  bool Rewrites(const HeaderClient& client) const;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_HEADER_RULES_H_
