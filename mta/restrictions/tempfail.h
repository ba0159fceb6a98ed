// What a rule does when a look-up fails for now: DEFER_IF_PERMIT, so that a
// later rule may still refuse for good, or a refusal for now at once.
//
// Source:  postconf(5), reject_tempfail_action, unknown_*_tempfail_action.
// Errors:  InvalidArgument; the text starts with the config field at fault.
// Threads: values.

#ifndef POSTERN_MTA_RESTRICTIONS_TEMPFAIL_H_
#define POSTERN_MTA_RESTRICTIONS_TEMPFAIL_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/restrictions/outcome.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

enum class TempfailAction { kDeferIfPermit, kDefer };

// `field` is unknown_address_tempfail_action or the like and `text` its value;
// where that is empty, reject_tempfail_action counts.
absl::StatusOr<TempfailAction> TempfailActionOf(const config::v1::Mta& config,
                                                absl::string_view field,
                                                absl::string_view text);

Outcome Tempfail(TempfailAction action, smtp::Reply reply, Reason reason);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_TEMPFAIL_H_
