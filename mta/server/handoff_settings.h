// Which relays may hand their mail to us, and how they are known.
//
// Errors:  FromConfig(): InvalidArgument; the text starts with the config field
//          at fault.
// Threads: a value.

#ifndef POSTERN_MTA_SERVER_HANDOFF_SETTINGS_H_
#define POSTERN_MTA_SERVER_HANDOFF_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/net/ip.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

struct HandoffSettings {
  std::vector<net::Network> givers;  // None: nobody may.
  std::string secret;

  static absl::StatusOr<HandoffSettings> FromConfig(
      const config::v1::Mta& config);
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_HANDOFF_SETTINGS_H_
