// The settings of every listener: the file's, with what the listener's
// `override` changes.
//
//   ASSIGN_OR_RETURN(auto all, ListenerSettings::FromConfig(config, services));
//   std::shared_ptr<const Settings> settings = all.Of("127.0.0.1:587");
//
// Errors:  InvalidArgument; the text starts with the config field at fault, as
//          "smtpd_relay_restrictions" or, when it is wrong for one listener
//          only, as "listeners[1].override.smtpd_relay_restrictions".
// Threads: immutable.

#ifndef POSTERN_MTA_SERVER_LISTENER_SETTINGS_H_
#define POSTERN_MTA_SERVER_LISTENER_SETTINGS_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "mta/server/settings.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

class ListenerSettings {
 public:
  // Empty `services` make settings that are only good for checking.
  static absl::StatusOr<ListenerSettings> FromConfig(
      const config::v1::Mta& config, const restrictions::Services& services);

  // Returns what holds for the listener that is written `listen` in the file;
  // for one that is not in it, what the top of the file says. Never nullptr.
  std::shared_ptr<const Settings> Of(const std::string& listen) const;

 private:
  std::shared_ptr<const Settings> top_;
  // The others, by what they listen on. Equal settings are one object: its
  // connections to policy services are shared.
  absl::flat_hash_map<std::string, std::shared_ptr<const Settings>> own_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_LISTENER_SETTINGS_H_
