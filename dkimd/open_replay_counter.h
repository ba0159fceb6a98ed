// Makes the counter of replays that the configuration wants.
//
// Errors:  those of redis::Client::Create().
// Threads: at start.

#ifndef POSTERN_DKIMD_OPEN_REPLAY_COUNTER_H_
#define POSTERN_DKIMD_OPEN_REPLAY_COUNTER_H_

#include "absl/status/statusor.h"
#include "dkimd/replay_counter.h"
#include "lib/daemon/daemon.h"
#include "lib/dns/resolver.h"
#include "proto/config/v1/dkimd.pb.h"

namespace postern::dkimd {

// Returns it, owned by the daemon; null where nothing is to be counted.
absl::StatusOr<ReplayCounter*> OpenReplayCounter(
    const config::v1::DkimReplay& config, daemon::Daemon& daemon,
    dns::Resolver& resolver);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_OPEN_REPLAY_COUNTER_H_
