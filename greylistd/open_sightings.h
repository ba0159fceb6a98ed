// Opens the store that the configuration names, with what is to serve when it
// is away.
//
// Metrics: postern_greylistd_store_entries, _store_disk_bytes (embedded), and
//          those of fallback.h and lib/redis.
// Errors:  those of kv::Store::Open() and redis::Client::Create(). A Redis that
//          is away is no error.

#ifndef POSTERN_GREYLISTD_OPEN_SIGHTINGS_H_
#define POSTERN_GREYLISTD_OPEN_SIGHTINGS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "greylistd/sightings.h"
#include "lib/daemon/daemon.h"
#include "lib/dns/resolver.h"
#include "proto/config/v1/greylistd.pb.h"

namespace postern::greylistd {

// `resolver` finds Redis' hosts; it may be null and must outlive the result.
absl::StatusOr<std::unique_ptr<Sightings>> OpenSightings(
    const config::v1::Greylistd& config, daemon::Daemon& daemon,
    dns::Resolver* resolver);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_OPEN_SIGHTINGS_H_
