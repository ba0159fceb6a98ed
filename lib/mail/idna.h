// Internationalized domain names: the same domain as people write it (U-labels,
// "bücher.example") and as the DNS has it (A-labels, "xn--bcher-kva.example").
//
//   ASSIGN_OR_RETURN(const std::string name,
//   mail::ToALabels("bücher.example"));
//
// Wherever domains are compared or looked up, compare A-labels: both forms are
// one domain (MTA-43). LowerDomain() of address.h does so.
//
// Source:  RFC 5890 to 5893 (IDNA 2008) with the mapping of UTS 46 (letters'
//          case, width, NFC), non-transitional; RFC 6531 section 3.2.
// Errors:  InvalidArgument: no such domain can exist. Empty labels are the
//          business of IsDomain() (address.h).
// Threads: pure.
// Limits:  domains of 255 bytes in either form.

#ifndef POSTERN_LIB_MAIL_IDNA_H_
#define POSTERN_LIB_MAIL_IDNA_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mail {

// Returns `domain` in lower-case A-labels. A domain that is ASCII already, or
// an address literal, only becomes lower-case: names that DNS has and IDNA
// would not (underscores) stay.
absl::StatusOr<std::string> ToALabels(absl::string_view domain);

// Returns `domain` in U-labels, for people; what cannot be converted stays.
std::string ToULabels(absl::string_view domain);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_IDNA_H_
