// The configuration as a session uses it: checked, computed, never changing.
//
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault.
// Threads: immutable; a session holds on to the one it began with.

#ifndef POSTERN_MTA_SERVER_SETTINGS_H_
#define POSTERN_MTA_SERVER_SETTINGS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"
#include "mta/content/checks.h"
#include "mta/filters/milters.h"
#include "mta/limits/event.h"
#include "mta/restrictions/list.h"
#include "mta/rewriting/address_book.h"
#include "mta/rewriting/rewriter.h"
#include "mta/routing/transport_map.h"
#include "mta/server/auth_settings.h"
#include "mta/server/dialogue_rules.h"
#include "mta/server/handoff_settings.h"
#include "mta/server/header_rules.h"
#include "mta/server/mail_ways.h"
#include "mta/server/proxy_protocol.h"
#include "mta/server/tls_settings.h"
#include "mta/smtp/data_reader.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

// Returns myhostname, or the machine's name where that is empty.
absl::StatusOr<std::string> HostnameOf(const config::v1::Mta& config);

// Returns the configuration, and what its listeners override, with myhostname
// and mydomain filled in and with the references between settings replaced
// ($mydomain).
absl::StatusOr<config::v1::Mta> Expanded(const config::v1::Mta& config);

struct Settings {
  DialogueRules dialogue;
  AuthSettings auth;
  std::vector<net::Network> mynetworks;
  // Who may tell for whom it speaks.
  std::vector<net::Network> xclient_hosts;
  std::vector<net::Network> xforward_hosts;
  std::shared_ptr<const rewriting::AddressBook> addresses;
  std::shared_ptr<const routing::TransportMap> transports;
  std::shared_ptr<const rewriting::Rewriter> rewriter;
  std::shared_ptr<const filters::Milters> milters;
  MailWays ways;  // For filters.
  HeaderRules header;
  restrictions::Lists lists;

  content::Checks content_checks;
  limits::Rules limits;
  TlsSettings tls;
  ProxySettings proxy;
  HandoffSettings handoff;
  smtp::DataLimits data;
  absl::Duration timeout = absl::Minutes(5);
  absl::Duration session_time_limit = absl::Hours(1);
  uint32_t min_data_rate = 500;  // Bytes a second; 0: any.
  // Errors above which every further one costs the client `error_sleep_time`.
  uint32_t soft_error_limit = 10;
  absl::Duration error_sleep_time = absl::Seconds(1);
  // How long strangers wait for the greeting.
  absl::Duration greet_wait = absl::ZeroDuration();

  // Replaces references between the settings as Expanded() does. Empty
  // `services` make settings that are only good for checking.
  static absl::StatusOr<Settings> FromConfig(const config::v1::Mta& written,
                                             restrictions::Services services);

  bool IsInMynetworks(const net::IpAddress& client) const;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_SETTINGS_H_
