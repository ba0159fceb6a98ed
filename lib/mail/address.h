// Envelope addresses: the paths of MAIL FROM and RCPT TO.
//
// An Address holds what the text means, not how it was written: the local part
// without its quotes, so that <"a.b"@x> and <a.b@x> are the same. ToString()
// quotes again where it must. Source routes are parsed and dropped.
//
//   ASSIGN_OR_RETURN(const mail::ParsedPath path,
//                    mail::ParsePath(mail::PathKind::kReverse, rest));
//   rest.remove_prefix(path.consumed);       // " SIZE=1000" may follow
//
// Source:  RFC 5321 section 4.1.2 (paths), 4.1.3 (address literals), 4.5.3.1
//          (lengths); RFC 5321 appendix C (source routes). Two deviations, for
//          mail that is out there: dots may stand anywhere in a local part
//          (ToString() quotes such), and domains may have underscores.
//          RFC 6531 section 3.3: when asked for, both may have characters
//          beyond ASCII (utf8.h says which); a domain that has must be one that
//          the DNS can have (idna.h).
// Errors:  InvalidArgument; the text is fit for a 501 reply.
// Threads: values; pure.
// Limits:  local part 64, domain 255, path 256 bytes with its brackets, counted
//          in the form that ToString() gives.

#ifndef POSTERN_LIB_MAIL_ADDRESS_H_
#define POSTERN_LIB_MAIL_ADDRESS_H_

#include <compare>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mail {

// What an address may consist of.
enum class Charset {
  kAscii,
  kUtf8,  // After MAIL with SMTPUTF8.
};

struct Address {
  std::string local_part;  // Without quotes; printable.
  // As written, or "[192.0.2.1]" or "[IPv6:2001:db8::1]". Empty in the null
  // reverse-path <> and in <postmaster>.
  std::string domain;

  // Parses "user@domain" without brackets, quoted as in a path.
  static absl::StatusOr<Address> Parse(absl::string_view text,
                                       Charset charset = Charset::kAscii);

  // Tells whether this is the null reverse-path, of bounces.
  bool is_null() const { return local_part.empty() && domain.empty(); }

  // Returns the address as it stands between the brackets of a path, quoted
  // where needed; "" for the null reverse-path.
  std::string ToString() const;

  friend auto operator<=>(const Address&, const Address&) = default;
};

enum class PathKind {
  kReverse,  // MAIL FROM: may be <>.
  kForward,  // RCPT TO: may be <postmaster>, whatever its letters' case.
};

struct ParsedPath {
  Address address;
  size_t consumed = 0;  // Bytes from "<" to ">" with both.
};

// Parses the path at the beginning of `text`. What follows it is not looked
// at: the caller knows what may.
absl::StatusOr<ParsedPath> ParsePath(PathKind kind, absl::string_view text,
                                     Charset charset = Charset::kAscii);

// Tells whether `domain` is one that an address may have: a host name or an
// address literal in brackets.
bool IsDomain(absl::string_view domain, Charset charset = Charset::kAscii);

// Returns an address, as ToString() gives it, for a server without SMTPUTF8:
// its domain in A-labels. nullopt: the local part is not ASCII, or the domain
// cannot be converted.
std::optional<std::string> AsciiAddress(absl::string_view address);

// Tells whether a local part would mean another destination to a relay that
// follows routing of old: user%host, host!user, "user@host" (MTA-36).
bool HasRouting(absl::string_view local_part);

// Returns the domain in the form that is compared: lower-case, in A-labels
// (idna.h); one that cannot be converted stays as it is.
std::string LowerDomain(absl::string_view domain);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_ADDRESS_H_
