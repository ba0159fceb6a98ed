#include "dkimd/open_replay_counter.h"

#include <memory>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/redis/client.h"

namespace postern::dkimd {

absl::StatusOr<ReplayCounter*> OpenReplayCounter(
    const config::v1::DkimReplay& config, daemon::Daemon& daemon,
    dns::Resolver& resolver) {
  if (config.threshold() == 0) return nullptr;
  const absl::Duration window = config::FromProto(config.window());
  if (!config.has_redis()) {
    return &daemon.Own(std::make_unique<LocalReplayCounter>(
        window, config.max_entries(), daemon.clock()));
  }
  ASSIGN_OR_RETURN(
      std::unique_ptr<redis::Client> created,
      redis::Client::Create(config.redis(), {.runtime = daemon.runtime(),
                                             .resolver = &resolver,
                                             .metrics = &daemon.metrics(),
                                             .program = daemon.name()}));
  redis::Client& client = daemon.Own(std::move(created));
  daemon.OnStop([&client] { client.Close(); });
  return &daemon.Own(std::make_unique<RedisReplayCounter>(window, client));
}

}  // namespace postern::dkimd
