// Which domains a message seems to be from, for putting signatures in order.
//
// This is no judgement: whatever stands behind an '@' in a From field is taken
// for a domain. Whoever decides by the author's domain reads the field
// properly.
//
// Threads: pure.
// Limits:  the first 16 domains.

#ifndef POSTERN_LIB_DKIM_AUTHOR_DOMAINS_H_
#define POSTERN_LIB_DKIM_AUTHOR_DOMAINS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/dkim/header_fields.h"

namespace postern::dkim {

// Returns domains in lower-case A-labels.
std::vector<std::string> AuthorDomains(const HeaderFields& header);

// Tells whether `domain` is one of `authors`, or above or below one, and not a
// top-level domain.
bool IsAuthors(absl::string_view domain,
               const std::vector<std::string>& authors);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_AUTHOR_DOMAINS_H_
