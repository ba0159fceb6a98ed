// How often each kind of session occurred, by day and domain, in memory and
// within bounds.
//
//   Tally tally({.domains = 10'000, .kinds = 100});
//   tally.Add({day, "example.org"}, KindOf(finding), 1);
//   for (auto& [subject, counts] : tally.Take()) …
//
// Threads: one at a time.
// Limits:  as given. What goes beyond is not counted, and Add() tells.

#ifndef POSTERN_MTA_TLS_REPORT_TALLY_H_
#define POSTERN_MTA_TLS_REPORT_TALLY_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace postern::mta::tls_report {

// What a report is about.
struct Subject {
  absl::CivilDay day;  // Of UTC.
  std::string domain;

  friend bool operator==(const Subject&, const Subject&) = default;
  friend bool operator<(const Subject& a, const Subject& b) {
    return a.day != b.day ? a.day < b.day : a.domain < b.domain;
  }
};

// "2026-11-29".
std::string NameOf(absl::CivilDay day);
absl::CivilDay DayOf(absl::Time time);
// Its beginning.
absl::Time StartOf(absl::CivilDay day);

// Sessions by kind (session_kind.h).
using KindCounts = std::map<std::string, uint32_t>;

// Where a count stays when there are more.
inline constexpr uint32_t kMostSessions = 2'000'000'000;

struct TallyLimits {
  size_t domains = 10'000;  // Of a day.
  size_t kinds = 100;       // Of a domain and day.
};

// What became of something to be counted.
enum class Counted {
  kYes,
  kTooManyDomains,
  kTooManyKinds,
  kTooLate,  // The report has gone.
};

class Tally {
 public:
  explicit Tally(TallyLimits limits) : limits_(limits) {}

  Counted Add(const Subject& subject, const std::string& kind,
              uint32_t sessions);

  // Returns all and is empty again.
  std::map<Subject, KindCounts> Take();

  size_t domains() const { return counts_.size(); }

 private:
  const TallyLimits limits_;
  std::map<Subject, KindCounts> counts_;
  std::map<absl::CivilDay, size_t> domains_by_day_;
};

// Adds to the count of `kind`, within bounds.
Counted AddTo(KindCounts& counts, const std::string& kind, uint32_t sessions,
              const TallyLimits& limits);

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_TALLY_H_
