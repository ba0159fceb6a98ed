#include "mta/server/listener_settings.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"

namespace postern::mta::server {
namespace {

using ::google::protobuf::util::MessageDifferencer;

absl::StatusOr<std::shared_ptr<const Settings>> MakeSettings(
    const config::v1::Mta& config, const restrictions::Services& services) {
  ASSIGN_OR_RETURN(Settings settings, Settings::FromConfig(config, services));
  return std::make_shared<const Settings>(std::move(settings));
}

// An error of the listener number `i`.
absl::Status OfListener(int i, const absl::Status& error) {
  return absl::Status(error.code(), absl::StrCat("listeners[", i, "].override.",
                                                 error.message()));
}

}  // namespace

absl::StatusOr<ListenerSettings> ListenerSettings::FromConfig(
    const config::v1::Mta& config, const restrictions::Services& services) {
  return Make(config, services, nullptr);
}

absl::StatusOr<ListenerSettings> ListenerSettings::Renew(
    const config::v1::Mta& config, const restrictions::Services& services,
    const ListenerSettings& before) {
  return Make(config, services, &before);
}

absl::StatusOr<ListenerSettings> ListenerSettings::Make(
    const config::v1::Mta& config, const restrictions::Services& services,
    const ListenerSettings* before) {
  ListenerSettings all;
  ASSIGN_OR_RETURN(all.top_.settings, MakeSettings(config, services));
  if (config.listeners().empty()) {
    RETURN_IF_ERROR(all.AddTls("", before, all.top_));
  }
  config::v1::Mta top = config;
  top.clear_listeners();
  for (int i = 0; i < config.listeners_size(); ++i) {
    const config::v1::Listener& written = config.listeners(i);
    if (all.own_.contains(written.listen())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "listeners[", i, "].listen: ", written.listen(), " is there twice"));
    }
    Listener& listener = all.own_[written.listen()];
    listener.settings = all.top_.settings;
    if (written.has_override() &&
        !MessageDifferencer::Equals(written.override(), top)) {
      auto own = MakeSettings(written.override(), services);
      if (!own.ok()) return OfListener(i, own.status());
      listener.settings = *std::move(own);
    }
    const absl::Status added = all.AddTls(written.listen(), before, listener);
    if (!added.ok()) return OfListener(i, added);
  }
  return all;
}

absl::Status ListenerSettings::AddTls(const std::string& listen,
                                      const ListenerSettings* before,
                                      Listener& listener) {
  const TlsSettings& tls = listener.settings->tls;
  if (!tls.is_on()) return absl::OkStatus();
  net::TlsServerOptions options = tls.options;
  options.session_scope = listen;
  std::shared_ptr<net::TlsContext> old;
  if (before != nullptr) old = before->Of(listen).tls;
  auto fresh = old == nullptr
                   ? net::TlsContext::CreateServer(std::move(options))
                   : net::TlsContext::CreateServer(std::move(options), *old);
  if (fresh.ok()) {
    listener.tls = *std::move(fresh);
    return absl::OkStatus();
  }
  if (old == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("smtpd_tls_chain_files: ", fresh.status().message()));
  }
  log::Error("tls_certificate_stale",
             {{"listener", listen}, {"error", fresh.status()}});
  ++stale_certificates_;
  listener.tls = std::move(old);
  return absl::OkStatus();
}

ListenerSettings::Listener ListenerSettings::Of(
    const std::string& listen) const {
  const auto own = own_.find(listen);
  return own == own_.end() ? top_ : own->second;
}

}  // namespace postern::mta::server
