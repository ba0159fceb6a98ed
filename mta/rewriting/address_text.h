// Addresses as they stand in header fields and in the values of tables:
// "Anna <anna@example.org>, bob (Bob), friends: c@x, d@y;".
//
//   for (const FoundAddress& found : FindAddresses(text)) {
//     … found.address, and where it stands: text.substr(found.at, found.bytes)
//   }
//   std::string changed = ReplaceAddresses(text, {{0, new_address}, …});
//
// Only the addresses themselves are found; names, comments, groups and source
// routes stay as they are around them. What cannot be read as an address is
// left alone.
//
// Source:  RFC 5322 section 3.4 and the obsolete forms of 4.4; UTF-8 as in RFC
//          6532. An address may lack its domain.
// Threads: pure.
// Limits:  time in proportion to the text; kMaxAddresses addresses, the rest is
//          not looked at.

#ifndef POSTERN_MTA_REWRITING_ADDRESS_TEXT_H_
#define POSTERN_MTA_REWRITING_ADDRESS_TEXT_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/mail/address.h"

namespace postern::mta::rewriting {

inline constexpr size_t kMaxAddresses = 10'000;

struct FoundAddress {
  mail::Address address;
  size_t at;     // Where it begins.
  size_t bytes;  // How long it is there.
};

// What may stand between two addresses.
enum class Between {
  kComma,         // As in header fields: two words in a row are a name.
  kCommaOrBlank,  // As in the values of tables.
};

// Returns the addresses in the order in which they stand in `text`.
std::vector<FoundAddress> FindAddresses(absl::string_view text,
                                        Between between = Between::kComma);

// Returns `text` with new addresses in the places of old ones; `changes` are in
// the order of the text.
std::string ReplaceAddresses(
    absl::string_view text,
    const std::vector<std::pair<FoundAddress, mail::Address>>& changes);

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_ADDRESS_TEXT_H_
