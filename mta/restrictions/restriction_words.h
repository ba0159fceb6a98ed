// The words of a restriction list as main.cf has it: apart by commas or blanks;
// braces keep what is in them together.
//
//   "permit_mynetworks, check_policy_service { unix:/p, timeout=5s } reject"
//   -> "permit_mynetworks", "check_policy_service",
//      "{ unix:/p, timeout=5s }", "reject"
//
// Source:  postconf(5), smtpd_client_restrictions; access(5), "restriction…".
// Errors:  InvalidArgument: braces that do not match.
// Threads: pure.
// Limits:  kMaxWords words; braces 8 deep.

#ifndef POSTERN_MTA_RESTRICTIONS_RESTRICTION_WORDS_H_
#define POSTERN_MTA_RESTRICTIONS_RESTRICTION_WORDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mta::restrictions {

inline constexpr size_t kMaxWords = 1000;

absl::StatusOr<std::vector<std::string>> RestrictionWords(
    absl::string_view text);

// Returns the name that is most like `word`, or "" if none is much like it:
// what the writer may have meant.
std::string MostLike(absl::string_view word,
                     const std::vector<absl::string_view>& names);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_RESTRICTION_WORDS_H_
