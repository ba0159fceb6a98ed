// What is known about an address from probing it, and for how long it counts.
//
// Source:  Postfix, verify(8) and postconf(5), address_verify_*: a positive
//          result that needs a refresh still counts while that is under way,
//          and a failed refresh does not replace it before it expires.
// Threads: values; pure.

#ifndef POSTERN_MTA_RESTRICTIONS_VERIFY_RECORD_H_
#define POSTERN_MTA_RESTRICTIONS_VERIFY_RECORD_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern::mta::restrictions {

enum class Deliverability {
  kDeliverable,    // Mail to it is taken.
  kUndeliverable,  // It is refused for good.
  kUnknown,        // It could not be found out: refused for now, nobody there.
};
absl::string_view DeliverabilityName(Deliverability deliverability);

// What a probe found, or is remembered of one.
struct VerifyResult {
  Deliverability deliverability = Deliverability::kUnknown;
  std::string text;  // The other side's words, or ours.

  friend bool operator==(const VerifyResult&, const VerifyResult&) = default;
};

struct VerifyRecord {
  VerifyResult result;
  absl::Time updated;
};

// The fields are address_verify_*.
struct VerifyTimes {
  absl::Duration positive_expire = absl::Hours(31 * 24);
  absl::Duration positive_refresh = absl::Hours(7 * 24);
  absl::Duration negative_expire = absl::Hours(3 * 24);
  absl::Duration negative_refresh = absl::Hours(3);
  bool negative_cache = true;
};

// Tells whether the record does not count any more.
bool IsExpired(const VerifyRecord& record, const VerifyTimes& times,
               absl::Time now);

// Tells whether it counts, but is to be probed anew.
bool NeedsRefresh(const VerifyRecord& record, const VerifyTimes& times,
                  absl::Time now);

// Returns what is to be remembered after a probe, nullopt: nothing new.
std::optional<VerifyRecord> RecordAfter(const std::optional<VerifyRecord>& old,
                                        const VerifyResult& result,
                                        const VerifyTimes& times,
                                        absl::Time now);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_VERIFY_RECORD_H_
