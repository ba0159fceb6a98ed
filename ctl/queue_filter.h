// The options that say which messages are meant: the same for list and for
// everything that is done to messages.
//
//   --sender TEXT --recipient TEXT --domain DOMAIN --reason TEXT
//   --older-than AGE --newer-than AGE --state STATE[,STATE...]
//
// Errors:  InvalidArgument with the option at fault.
// Threads: pure.

#ifndef POSTERN_CTL_QUEUE_FILTER_H_
#define POSTERN_CTL_QUEUE_FILTER_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "proto/admin/v1/queue.pb.h"

namespace postern::ctl {

std::set<std::string> FilterOptions();

// Returns what the options say; ages count from `now`.
absl::StatusOr<admin::v1::QueueFilter> FilterFrom(const Arguments& arguments,
                                                  absl::Time now);

// Tells whether it leaves anything out.
bool IsFilter(const admin::v1::QueueFilter& filter);

// "deferred"
std::string ShownState(admin::v1::QueuedMessage::State state);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_QUEUE_FILTER_H_
