#include "mta/server/handoff_settings.h"

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "mta/queue/handoff_secret.h"

namespace postern::mta::server {

absl::StatusOr<HandoffSettings> HandoffSettings::FromConfig(
    const config::v1::Mta& config) {
  HandoffSettings settings;
  for (const std::string& text : config.handoff().networks()) {
    const absl::StatusOr<net::Network> network = net::Network::Parse(text);
    if (!network.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("handoff.networks: ", network.status().message()));
    }
    settings.givers.push_back(*network);
  }
  ASSIGN_OR_RETURN(settings.secret, queue::HandoffSecretFrom(config));
  return settings;
}

}  // namespace postern::mta::server
