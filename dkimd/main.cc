// dkimd(8): signs mail of our own and verifies all other (DKIM).
//
// This file only says which parts make up the daemon. Flags, configuration,
// logging, metrics, health checks, signals, dropping privileges and draining
// are the same for every daemon and live in lib/daemon.

#include "lib/daemon/main.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "dkimd/check_service.h"
#include "dkimd/filter.h"
#include "dkimd/open_replay_counter.h"
#include "dkimd/rotation_watch.h"
#include "dkimd/settings.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/key_finder.h"
#include "lib/dns/unbound_resolver.h"
#include "lib/milter/serve.h"
#include "proto/config/v1/dkimd.pb.h"

namespace postern::dkimd {

using Config = config::v1::Dkimd;

absl::Status Check(const Config& config) {
  RETURN_IF_ERROR(milter::CheckConfig(config.milter()));
  return Settings::FromConfig(config).status();
}

absl::Status Start(const Config& config, daemon::Daemon& daemon) {
  ASSIGN_OR_RETURN(auto settings, Settings::FromConfig(config));
  for (const std::string& file : settings->files) daemon.WatchFile(file);
  ASSIGN_OR_RETURN(auto created, dns::UnboundResolver::Create(config.dns()));
  dns::Resolver& resolver = daemon.Own(std::move(created));
  ASSIGN_OR_RETURN(ReplayCounter * replay,
                   OpenReplayCounter(config.replay(), daemon, resolver));
  dkim::KeyFinder& keys = daemon.Own(std::make_unique<dkim::KeyFinder>(
      resolver, daemon.clock(), daemon.drain()));
  RotationWatch& rotations = daemon.Own(std::make_unique<RotationWatch>(
      daemon.runtime(), daemon.drain(), daemon.clock(), daemon.metrics()));
  rotations.Watch(settings->plan.key_table_file());
  Filter& filter = daemon.Own(std::make_unique<Filter>(
      std::move(settings),
      Filter::Parts{keys, replay, daemon.clock(), daemon.metrics()}));
  AddCheckService(daemon, {filter, keys, daemon.clock(), daemon.runtime()});
  daemon.OnReload<Config>([&filter, &rotations, &daemon](const Config& fresh) {
    ASSIGN_OR_RETURN(auto again, Settings::FromConfig(fresh));
    for (const std::string& file : again->files) daemon.WatchFile(file);
    rotations.Watch(again->plan.key_table_file());
    filter.Replace(std::move(again));
    return absl::OkStatus();
  });
  return milter::Serve(daemon, config.milter(), /*default_port=*/12345, filter);
}

}  // namespace postern::dkimd

int main(int argc, char** argv) {
  return postern::daemon::Main<postern::config::v1::Dkimd>(
      argc, argv, "dkimd", postern::dkimd::Start, postern::dkimd::Check);
}
