#include "mta/restrictions/verify_record.h"

namespace postern::mta::restrictions {
namespace {

bool IsPositive(const VerifyRecord& record) {
  return record.result.deliverability == Deliverability::kDeliverable;
}

}  // namespace

absl::string_view DeliverabilityName(Deliverability deliverability) {
  switch (deliverability) {
    case Deliverability::kDeliverable:
      return "deliverable";
    case Deliverability::kUndeliverable:
      return "undeliverable";
    case Deliverability::kUnknown:
      break;
  }
  return "unknown";
}

bool IsExpired(const VerifyRecord& record, const VerifyTimes& times,
               absl::Time now) {
  return now >= record.updated + (IsPositive(record) ? times.positive_expire
                                                     : times.negative_expire);
}

bool NeedsRefresh(const VerifyRecord& record, const VerifyTimes& times,
                  absl::Time now) {
  return now >= record.updated + (IsPositive(record) ? times.positive_refresh
                                                     : times.negative_refresh);
}

std::optional<VerifyRecord> RecordAfter(const std::optional<VerifyRecord>& old,
                                        const VerifyResult& result,
                                        const VerifyTimes& times,
                                        absl::Time now) {
  VerifyRecord record{result, now};
  if (IsPositive(record)) return record;
  const bool keeps_the_old =
      old.has_value() && IsPositive(*old) && !IsExpired(*old, times, now);
  if (keeps_the_old || !times.negative_cache) return std::nullopt;
  return record;
}

}  // namespace postern::mta::restrictions
