// greylistd(8): asks unknown senders to come back later.
//
// This file only says which parts make up the daemon. Flags, configuration,
// logging, metrics, health checks, signals, dropping privileges and draining
// are the same for every daemon and live in lib/daemon.

#include "lib/daemon/main.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "greylistd/check_service.h"
#include "greylistd/handler.h"
#include "greylistd/open_sightings.h"
#include "greylistd/operations.h"
#include "greylistd/rules.h"
#include "lib/base/status_macros.h"
#include "lib/dns/unbound_resolver.h"
#include "lib/policy/server.h"
#include "proto/config/v1/greylistd.pb.h"

namespace postern::greylistd {

using Config = config::v1::Greylistd;

absl::Status Check(const Config& config) {
  return Rules::FromConfig(config).status();
}

absl::Status Start(const Config& config, daemon::Daemon& daemon) {
  ASSIGN_OR_RETURN(Rules rules, Rules::FromConfig(config));
  for (const std::string& file : rules.files()) daemon.WatchFile(file);
  ASSIGN_OR_RETURN(std::unique_ptr<dns::Resolver> created,
                   dns::UnboundResolver::Create(config.dns()));
  dns::Resolver& resolver = daemon.Own(std::move(created));
  ASSIGN_OR_RETURN(std::unique_ptr<Sightings> opened,
                   OpenSightings(config, daemon, &resolver));
  Sightings& sightings = daemon.Own(std::move(opened));
  daemon.OnStop([&sightings] { sightings.Close(); });
  Handler& handler = daemon.Own(std::make_unique<Handler>(
      config, std::move(rules),
      Handler::Parts{sightings, &resolver, daemon.clock(), daemon.metrics()}));
  Operations& operations = daemon.Own(std::make_unique<Operations>(
      sightings, daemon.clock(), [&handler] { return handler.rules(); }));
  AddCheckService(daemon, operations);
  daemon.OnReload<Config>([&handler](const Config& fresh) {
    ASSIGN_OR_RETURN(Rules again, Rules::FromConfig(fresh));
    handler.Replace(fresh, std::move(again));
    return absl::OkStatus();
  });
  return policy::Serve(daemon, config.policy(), /*default_port=*/10023,
                       handler);
}

}  // namespace postern::greylistd

int main(int argc, char** argv) {
  return postern::daemon::Main<postern::config::v1::Greylistd>(
      argc, argv, "greylistd", postern::greylistd::Start,
      postern::greylistd::Check);
}
