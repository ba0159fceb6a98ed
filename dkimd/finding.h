// What was found out about a message that something may be done for, and what
// is done then.
//
// Source:  opendkim.conf(5) On-BadSignature and its kin; RFC 7372 for the
// codes. Threads: pure.

#ifndef POSTERN_DKIMD_FINDING_H_
#define POSTERN_DKIMD_FINDING_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"
#include "proto/config/v1/dkimd.pb.h"

namespace postern::dkimd {

using Action = config::v1::DkimAction;

// Ordered: of several signatures that are not good, the first finding counts.
// One that could be good later goes first.
enum class Finding {
  kGood,
  kDnsError,
  kInternalError,
  kBadSignature,
  kSecurity,
  kKeyNotFound,
  kSignatureError,
  kNoSignature,
  kReplay,
  kForbiddenAuthor,
  kSigningFailure,
  kUnsignable,
};
inline constexpr size_t kFindings = 12;

// "good", "dns_error", …
absl::string_view FindingName(Finding finding);

// "accept", "discard", …
absl::string_view ActionName(Action action);
inline constexpr size_t kActions = 5;

// Puts the action into `changes`: a verdict, or a message that is held.
void Apply(Action action, Finding finding, milter::Changes& changes);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_FINDING_H_
