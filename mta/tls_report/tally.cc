#include "mta/tls_report/tally.h"

#include <algorithm>
#include <utility>

namespace postern::mta::tls_report {

std::string NameOf(absl::CivilDay day) { return absl::FormatCivilTime(day); }

absl::CivilDay DayOf(absl::Time time) {
  return absl::ToCivilDay(time, absl::UTCTimeZone());
}

absl::Time StartOf(absl::CivilDay day) {
  return absl::FromCivil(day, absl::UTCTimeZone());
}

Counted AddTo(KindCounts& counts, const std::string& kind, uint32_t sessions,
              const TallyLimits& limits) {
  const auto found = counts.find(kind);
  if (found == counts.end()) {
    if (counts.size() >= limits.kinds) return Counted::kTooManyKinds;
    counts.emplace(kind, std::min(sessions, kMostSessions));
  } else {
    const uint64_t sum = uint64_t{found->second} + sessions;
    found->second =
        static_cast<uint32_t>(std::min<uint64_t>(sum, kMostSessions));
  }
  return Counted::kYes;
}

Counted Tally::Add(const Subject& subject, const std::string& kind,
                   uint32_t sessions) {
  auto found = counts_.find(subject);
  if (found == counts_.end()) {
    size_t& domains = domains_by_day_[subject.day];
    if (domains >= limits_.domains) return Counted::kTooManyDomains;
    ++domains;
    found = counts_.emplace(subject, KindCounts()).first;
  }
  return AddTo(found->second, kind, sessions, limits_);
}

std::map<Subject, KindCounts> Tally::Take() {
  domains_by_day_.clear();
  return std::exchange(counts_, {});
}

}  // namespace postern::mta::tls_report
