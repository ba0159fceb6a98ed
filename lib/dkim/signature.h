// A DKIM-Signature field, read and checked as far as its text goes.
//
//   const Signature signature = Signature::Parse(field.value);
//   if (!signature.fault.empty()) …permerror…
//
// Reading goes on past a fault, so that a result can say whose signature it
// was; what is set is good.
//
// Source:  RFC 6376 sections 3.5 and 6.1.1, RFC 8301 (rsa-sha1 is a fault), RFC
//          8463, RFC 8616; RFC 8617 section 4.1.2 for ARC-Message-Signature,
//          which is the same but for i= and v=.
// Threads: values; pure.
// Limits:  1000 names in h=, a signature of 1024 bytes (an RSA key of 8192
// bits),
//          domains of 253 bytes (DK-06, DK-08, DK-11, INJ-01).

#ifndef POSTERN_LIB_DKIM_SIGNATURE_H_
#define POSTERN_LIB_DKIM_SIGNATURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/dkim/canonicalization.h"
#include "lib/dkim/crypto.h"
#include "lib/mail/tag_list.h"

namespace postern::dkim {

struct Signature {
  std::string fault;  // Why it cannot be verified; empty: it can be.

  std::string algorithm;  // a=: "rsa-sha256".
  KeyType key_type = KeyType::kRsa;
  Canonicalization header_form = Canonicalization::kSimple;
  Canonicalization body_form = Canonicalization::kSimple;
  std::string domain;           // d=, in lower-case A-labels.
  std::string selector;         // s=, the same.
  std::string identity;         // i= as written, or "@" and the domain.
  std::string identity_domain;  // Of it, in lower-case A-labels.
  std::vector<std::string> signed_fields;  // h=, as written.
  std::string body_hash;                   // bh=, decoded.
  std::string bytes;                       // b=, decoded.
  std::string base64;                      // b= without white space.
  std::optional<uint64_t> body_bytes;      // l=.
  std::optional<absl::Time> signed_at;     // t=.
  std::optional<absl::Time> expires_at;    // x=.

  // Takes the value of a DKIM-Signature field.
  static Signature Parse(absl::string_view value);

  // Takes the tags of an ARC-Message-Signature, whose i= is a number that the
  // caller looks at.
  static Signature ParseArc(const mail::TagList& tags);

  // Takes the tags of an ARC-Seal, which has neither fields nor a body.
  static Signature ParseSeal(const mail::TagList& tags);

  // Returns the name under which the DNS has the key.
  std::string KeyName() const;

  // Tells whether h= has the name of this field.
  bool Signs(absl::string_view field_name) const;
};

// Returns the value of a signature's field as it was signed: without what b=
// says. `value` is one whose tags can be read.
std::string WithoutSignature(absl::string_view value);

// Tells whether `domain` is `parent` or below it; both in lower case.
bool IsSameOrBelow(absl::string_view domain, absl::string_view parent);

// Returns a domain or a selector in lower-case A-labels; nullopt if it cannot
// be a part of a DNS name made of letters, digits, '-' and '_' (INJ-01).
std::optional<std::string> CanonicalDomain(absl::string_view text);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_SIGNATURE_H_
