// What became of one signature.
//
//   if (result.outcome == Outcome::kPass && result.is_authors) …
//
// reported_results.h has them as Authentication-Results does.
//
// Source:  RFC 8601 section 2.7.1: pass; fail: it does not verify, or not any
//          more; policy: it verifies, or might, but we do not take its like (a
//          small key, a part of the body); permerror: it cannot be verified,
//          now or later; temperror: later perhaps. neutral is not used.
// Threads: values.

#ifndef POSTERN_LIB_DKIM_RESULT_H_
#define POSTERN_LIB_DKIM_RESULT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::dkim {

enum class Outcome {
  kNone,  // There is no signature.
  kPass,
  kFail,
  kPolicy,
  kNeutral,
  kTempError,
  kPermError,
};

// Returns "pass" and the like.
absl::string_view OutcomeName(Outcome outcome);

// What was in the way; which action is taken may depend on it.
enum class Obstacle {
  kNone,
  kSyntax,       // The signature is not as it must be; neither is its key.
  kBodyHash,     // The body was changed.
  kHeaderHash,   // The header was changed, or the key is another.
  kExpired,      // x= has passed.
  kFuture,       // t= is to come.
  kNoKey,        // The DNS says that there is none.
  kRevoked,      // The key is not to be used any more.
  kDns,          // The DNS says nothing.
  kWeakKey,      // Fewer bits than are wanted.
  kPartialBody,  // l= leaves out a part of the body.
  kUnsigned,     // A field that must be signed is not, or is there once more.
  kLimit,        // More signatures than are looked at, or too large a header.
};

struct SignatureResult {
  Outcome outcome = Outcome::kNone;
  Obstacle obstacle = Obstacle::kNone;
  std::string explanation;  // In a few words; "" for a pass.

  // Of the signature, as far as it could be read: lower-case A-labels.
  std::string domain;    // d=
  std::string selector;  // s=
  std::string identity;  // i=, as written: escape it.
  std::string identity_domain;
  std::string algorithm;  // a=
  std::string base64;     // b=, all of it: what header.b is cut from.

  int key_bits = 0;             // 0: no key was found.
  bool key_is_testing = false;  // t=y: the domain is trying it out.
  bool key_is_secure = false;   // DNSSEC.
  bool is_authors = false;  // d= is, or is above or below, a domain in From.
  uint64_t unsigned_bytes = 0;  // Of the body, by l=.
  // Fields that may stand once and are signed, but stand more often than that
  // (DK-05).
  std::vector<std::string> added_fields;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_RESULT_H_
