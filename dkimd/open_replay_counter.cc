#include "dkimd/open_replay_counter.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
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
  config::v1::Redis redis = config.redis();
  redis.set_key_prefix(absl::StrCat(redis.key_prefix(), "dkim:"));
  ASSIGN_OR_RETURN(std::unique_ptr<redis::Client> created,
                   redis::Client::Create(redis, {.runtime = daemon.runtime(),
                                                 .resolver = &resolver,
                                                 .metrics = &daemon.metrics(),
                                                 .program = daemon.name()}));
  redis::Client& client = daemon.Own(std::move(created));
  daemon.OnStop([&client] { client.Close(); });
  return &daemon.Own(std::make_unique<RedisReplayCounter>(window, client));
}

}  // namespace postern::dkimd
