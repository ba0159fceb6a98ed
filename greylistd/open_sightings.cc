#include "greylistd/open_sightings.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "greylistd/embedded_sightings.h"
#include "greylistd/fallback.h"
#include "greylistd/redis_sightings.h"
#include "lib/base/status_macros.h"
#include "lib/kv/store.h"
#include "lib/redis/client.h"

namespace postern::greylistd {
namespace {

absl::StatusOr<std::unique_ptr<Sightings>> OpenEmbedded(
    const config::v1::GreylistStore& config, daemon::Daemon& daemon) {
  kv::Options options;
  options.directory = config.directory();
  options.memory_bytes = static_cast<size_t>(config.memory());
  ASSIGN_OR_RETURN(std::unique_ptr<kv::Store> store,
                   kv::Store::Open(std::move(options), daemon.clock()));
  ASSIGN_OR_RETURN(std::unique_ptr<EmbeddedSightings> sightings,
                   EmbeddedSightings::Create(std::move(store), daemon.clock(),
                                             config.privacy()));
  metrics::Gauge& entries = daemon.metrics().AddGauge(
      "postern_greylistd_store_entries",
      "Records in the embedded store, with some that have expired.");
  metrics::Gauge& disk =
      daemon.metrics().AddGauge("postern_greylistd_store_disk_bytes",
                                "Disk space of the embedded store.");
  daemon.metrics().OnRender([&entries, &disk, kept = &sightings->store()] {
    const kv::Usage usage = kept->usage();
    entries.Set(static_cast<double>(usage.entries));
    disk.Set(static_cast<double>(usage.disk_bytes));
  });
  return sightings;
}

absl::StatusOr<std::unique_ptr<Sightings>> OpenRedis(
    const config::v1::GreylistStore& config, daemon::Daemon& daemon,
    dns::Resolver* resolver) {
  config::v1::Redis redis = config.redis();
  redis.set_key_prefix(absl::StrCat(redis.key_prefix(), "greylist:"));
  ASSIGN_OR_RETURN(std::unique_ptr<redis::Client> client,
                   redis::Client::Create(redis, {.runtime = daemon.runtime(),
                                                 .resolver = resolver,
                                                 .metrics = &daemon.metrics(),
                                                 .program = daemon.name()}));
  return std::make_unique<RedisSightings>(
      std::move(client), config.privacy(),
      redis.mode() == config::v1::Redis::MODE_CLUSTER);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sightings>> OpenSightings(
    const config::v1::Greylistd& config, daemon::Daemon& daemon,
    dns::Resolver* resolver) {
  const config::v1::GreylistStore& store = config.store();
  std::unique_ptr<Sightings> first;
  std::unique_ptr<Sightings> local;
  if (store.has_redis()) {
    ASSIGN_OR_RETURN(first, OpenRedis(store, daemon, resolver));
    if (config.on_store_failure() ==
        config::v1::Greylistd::ON_STORE_FAILURE_LOCAL) {
      ASSIGN_OR_RETURN(local, OpenEmbedded(store, daemon));
    }
  } else {
    ASSIGN_OR_RETURN(first, OpenEmbedded(store, daemon));
  }
  return std::make_unique<Fallback>(std::move(first), std::move(local),
                                    daemon.metrics());
}

}  // namespace postern::greylistd
