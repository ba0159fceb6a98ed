// What counts as a host name or an address in restrictions.
//
//   if (!IsFullHostName("mail")) refuse;     // no dot in it
//
// Source:  Postfix, valid_hostname(): letters, digits, '-', '_' and dots;
//          labels of 1 to 63, 255 in all; not the text of an address. RFC 5321
//          section 4.1.3 (address literals).
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_HOST_NAME_H_
#define POSTERN_MTA_RESTRICTIONS_HOST_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern::mta::restrictions {

// Returns the name without one dot at its end.
absl::string_view WithoutDot(absl::string_view name);

// Tells whether `name` has the form of a host name; one dot may follow.
bool HasHostNameForm(absl::string_view name);
// The same with a dot within: "host.example".
bool IsFullHostName(absl::string_view name);

// Tells whether `text` is in brackets, as an address literal is.
bool IsBracketed(absl::string_view text);
// Tells whether `text`, in brackets or not, is an address: "[192.0.2.1]",
// "[IPv6:2001:db8::1]".
bool IsAddressLiteral(absl::string_view text);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_HOST_NAME_H_
