// The secret by which relays know each other that hand over mail.
//
// Errors:  InvalidArgument; the text starts with the config field at fault.
// Threads: any that may block.

#ifndef POSTERN_MTA_QUEUE_HANDOFF_SECRET_H_
#define POSTERN_MTA_QUEUE_HANDOFF_SECRET_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::queue {

// Shorter ones could be guessed.
inline constexpr size_t kLeastSecretBytes = 32;

// Returns what handoff.secret_file holds, without white space at its end; empty
// where there is no hand-off.
absl::StatusOr<std::string> HandoffSecretFrom(const config::v1::Mta& config);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_HANDOFF_SECRET_H_
