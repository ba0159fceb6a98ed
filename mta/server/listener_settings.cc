#include "mta/server/listener_settings.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/base/status_macros.h"

namespace postern::mta::server {
namespace {

using ::google::protobuf::util::MessageDifferencer;

absl::StatusOr<std::shared_ptr<const Settings>> Make(
    const config::v1::Mta& config, const restrictions::Services& services) {
  ASSIGN_OR_RETURN(Settings settings, Settings::FromConfig(config, services));
  return std::make_shared<const Settings>(std::move(settings));
}

}  // namespace

absl::StatusOr<ListenerSettings> ListenerSettings::FromConfig(
    const config::v1::Mta& config, const restrictions::Services& services) {
  ListenerSettings all;
  ASSIGN_OR_RETURN(all.top_, Make(config, services));
  config::v1::Mta top = config;
  top.clear_listeners();
  for (int i = 0; i < config.listeners_size(); ++i) {
    const config::v1::Listener& listener = config.listeners(i);
    if (all.own_.contains(listener.listen())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "listeners[", i, "].listen: ", listener.listen(), " is there twice"));
    }
    std::shared_ptr<const Settings>& settings = all.own_[listener.listen()];
    settings = all.top_;
    if (!listener.has_override() ||
        MessageDifferencer::Equals(listener.override(), top)) {
      continue;
    }
    auto own = Make(listener.override(), services);
    if (!own.ok()) {
      return absl::Status(
          own.status().code(),
          absl::StrCat("listeners[", i, "].override.", own.status().message()));
    }
    settings = *std::move(own);
  }
  return all;
}

std::shared_ptr<const Settings> ListenerSettings::Of(
    const std::string& listen) const {
  const auto own = own_.find(listen);
  return own == own_.end() ? top_ : own->second;
}

}  // namespace postern::mta::server
