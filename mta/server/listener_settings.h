// The settings of every listener: the file's, with what the listener's
// `override` changes, and its TLS certificates.
//
//   ASSIGN_OR_RETURN(auto all, ListenerSettings::FromConfig(config, services));
//   const ListenerSettings::Listener own = all.Of("127.0.0.1:587");
//
// Every listener that speaks TLS has a context of its own: sessions of one are
// nothing to another (MTA-21). When certificates are renewed and cannot be
// used, the old ones stay; that is logged as `tls_certificate_stale`.
//
// Errors:  InvalidArgument; the text starts with the config field at fault, as
//          "smtpd_relay_restrictions" or, when it is wrong for one listener
//          only, as "listeners[1].override.smtpd_relay_restrictions".
// Threads: immutable.

#ifndef POSTERN_MTA_SERVER_LISTENER_SETTINGS_H_
#define POSTERN_MTA_SERVER_LISTENER_SETTINGS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/net/tls.h"
#include "mta/server/settings.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

class ListenerSettings {
 public:
  struct Listener {
    std::shared_ptr<const Settings> settings;  // Never nullptr.
    std::shared_ptr<net::TlsContext> tls;      // nullptr: no TLS.
  };

  // Empty `services` make settings that are only good for checking.
  static absl::StatusOr<ListenerSettings> FromConfig(
      const config::v1::Mta& config, const restrictions::Services& services);
  // As FromConfig(), to take the place of `before`.
  static absl::StatusOr<ListenerSettings> Renew(
      const config::v1::Mta& config, const restrictions::Services& services,
      const ListenerSettings& before);

  // Returns what holds for the listener that is written `listen` in the file;
  // for one that is not in it, what the top of the file says.
  Listener Of(const std::string& listen) const;

  // All that are in the file, by what they listen on. Equal settings are one
  // object: its connections to policy services are shared.
  const std::map<std::string, Listener>& all() const { return own_; }
  // How many listeners kept a certificate because the new one is wrong.
  int stale_certificates() const { return stale_certificates_; }

 private:
  static absl::StatusOr<ListenerSettings> Make(
      const config::v1::Mta& config, const restrictions::Services& services,
      const ListenerSettings* before);
  // Gives `listener` its TLS context; on an error that of `before` stays.
  absl::Status AddTls(const std::string& listen, const ListenerSettings* before,
                      Listener& listener);

  Listener top_;  // Has TLS only if no listeners are in the file.
  std::map<std::string, Listener> own_;
  int stale_certificates_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_LISTENER_SETTINGS_H_
