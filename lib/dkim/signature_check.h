// The steps of verifying one signature, for all kinds of signatures.
//
// Each step looks at one thing. It sets the outcome of a result that has none
// yet (kNone) when the signature fails it; the last one sets kPass.
//
// Source:  RFC 6376 section 6.1, RFC 8301.
// Threads: pure.

#ifndef POSTERN_LIB_DKIM_SIGNATURE_CHECK_H_
#define POSTERN_LIB_DKIM_SIGNATURE_CHECK_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/dkim/body_hashes.h"
#include "lib/dkim/header_fields.h"
#include "lib/dkim/key_finder.h"
#include "lib/dkim/result.h"
#include "lib/dkim/signature.h"

namespace postern::dkim {

// Returns the result that a signature begins with: whose it is, and kPermError
// if its text has a fault.
SignatureResult ResultFor(const Signature& signature);

void Set(SignatureResult& result, Outcome outcome, Obstacle obstacle,
         std::string explanation);

// Compares the hash of the body. With l=, so many percent of it must be
// covered.
void CheckBody(const Signature& signature, const BodyHashes& bodies,
               size_t hash, int min_signed_percent, SignatureResult& result);

// Returns the digest that was signed: of the fields of h= and of the one at
// `index`, where the signature is.
std::string SignedDigest(const HeaderFields& header, size_t index,
                         const Signature& signature);

// Verifies with the keys that were found: one that fits is enough.
void CheckKeys(const Signature& signature, const FoundKeys& keys,
               absl::string_view digest, int min_key_bits,
               SignatureResult& result);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_SIGNATURE_CHECK_H_
