// The queue's settings out of the relay's configuration.
//
// Errors:  InvalidArgument; the text starts with the field at fault.
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_QUEUE_CONFIG_H_
#define POSTERN_MTA_QUEUE_QUEUE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::queue {

// `config` has its defaults filled in.
SpoolOptions SpoolOptionsFrom(const config::v1::Mta& config);

// `myhostname` signs the bounces.
absl::StatusOr<SchedulerOptions> SchedulerOptionsFrom(
    const config::v1::Mta& config, std::string myhostname);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_QUEUE_CONFIG_H_
