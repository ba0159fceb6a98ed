// How what is remembered is written down, in both stores (docs/formats/
// greylist.md): a line of text, so that redis-cli shows what there is.
//
//   "t 1700000000 1700000300 1 192.0.2.0/a@example.org/b@example.com"
//   "c 5 1700000300 192.0.2.77"
//   "p 17 1700172800 192.0.2.0/24"
//
// The name at the end may be missing, where the key shows it or nothing may.
//
// Errors:  Parse functions return nullopt for anything else: treat it as not
//          there (RD-03).
// Threads: pure.
// Limits:  times up to the year 9999, counts up to 2^31 - 1; what exceeds them
//          is not a record.

#ifndef POSTERN_GREYLISTD_RECORDS_H_
#define POSTERN_GREYLISTD_RECORDS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "greylistd/decision.h"

namespace postern::greylistd {

std::string RecordText(const TripletRecord& record, absl::string_view name);
std::string RecordText(const ClientRecord& record, absl::string_view name);
std::string RecordText(const PendingRecord& record, absl::string_view name);

std::optional<TripletRecord> ParseTripletRecord(absl::string_view text);
std::optional<ClientRecord> ParseClientRecord(absl::string_view text);
std::optional<PendingRecord> ParsePendingRecord(absl::string_view text);

// Returns the name at the end of a record's text, empty if there is none.
absl::string_view NameInRecord(absl::string_view text);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_RECORDS_H_
