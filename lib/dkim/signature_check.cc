#include "lib/dkim/signature_check.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/dkim/canonicalization.h"
#include "lib/dkim/crypto.h"

namespace postern::dkim {
namespace {

bool IsOpen(const SignatureResult& result) {
  return result.outcome == Outcome::kNone;
}

// Returns what this record makes of the signature.
SignatureResult WithKey(const Signature& signature, const KeyRecord& record,
                        absl::string_view digest, int min_key_bits,
                        SignatureResult result) {
  result.key_is_testing = record.is_testing;
  if (!record.fault.empty()) {
    Set(result, Outcome::kPermError,
        record.is_revoked ? Obstacle::kRevoked : Obstacle::kSyntax,
        record.fault);
    return result;
  }
  result.key_bits = record.key->bits();
  if (record.key->type() != signature.key_type) {
    Set(result, Outcome::kPermError, Obstacle::kSyntax,
        "the key is of another type");
  } else if (record.has_strict_domain &&
             signature.identity_domain != signature.domain) {
    Set(result, Outcome::kPermError, Obstacle::kSyntax,
        "the key is not for i= below d=");
  } else if (record.key->type() == KeyType::kRsa &&
             result.key_bits < min_key_bits) {
    Set(result, Outcome::kPolicy, Obstacle::kWeakKey,
        absl::StrCat("a key of ", result.key_bits, " bits is too weak"));
  } else if (!record.key->Verify(digest, signature.bytes)) {
    Set(result, Outcome::kFail, Obstacle::kHeaderHash,
        "the signature does not verify");
  } else {
    Set(result, Outcome::kPass, Obstacle::kNone, "");
  }
  return result;
}

}  // namespace

SignatureResult ResultFor(const Signature& signature) {
  SignatureResult result;
  result.domain = signature.domain;
  result.selector = signature.selector;
  result.identity = signature.identity;
  result.identity_domain = signature.identity_domain;
  result.algorithm = signature.algorithm;
  result.base64 = signature.base64;
  if (!signature.fault.empty()) {
    Set(result, Outcome::kPermError, Obstacle::kSyntax, signature.fault);
  }
  return result;
}

void Set(SignatureResult& result, Outcome outcome, Obstacle obstacle,
         std::string explanation) {
  result.outcome = outcome;
  result.obstacle = obstacle;
  result.explanation = std::move(explanation);
}

void CheckBody(const Signature& signature, const BodyHashes& bodies,
               size_t hash, int min_signed_percent, SignatureResult& result) {
  const uint64_t bytes = bodies.form_bytes(hash);
  const uint64_t covered = signature.body_bytes.value_or(bytes);
  if (covered > bytes) {
    return Set(result, Outcome::kPermError, Obstacle::kSyntax,
               "l= is more than the body");
  }
  result.unsigned_bytes = bytes - covered;
  if (bodies.digest(hash) != signature.body_hash) {
    return Set(result, Outcome::kFail, Obstacle::kBodyHash,
               "the body hash does not match");
  }
  if (covered == bytes) return;
  const bool is_enough = static_cast<double>(covered) * 100 >=
                         static_cast<double>(bytes) * min_signed_percent;
  if (!is_enough) {
    Set(result, Outcome::kPolicy, Obstacle::kPartialBody,
        "a part of the body is not signed");
  }
}

std::string SignedDigest(const HeaderFields& header, size_t index,
                         const Signature& signature) {
  std::string text;
  header.AppendSigned(signature.signed_fields, signature.header_form, text);
  mail::HeaderField field = header.At(index);
  const std::string value = WithoutSignature(field.value);
  field.value = value;
  AppendCanonicalField(signature.header_form, field, text);
  return Sha256Of(text);
}

void CheckKeys(const Signature& signature, const FoundKeys& keys,
               absl::string_view digest, int min_key_bits,
               SignatureResult& result) {
  result.key_is_secure = keys.is_secure;
  if (keys.outcome == FoundKeys::Outcome::kNoAnswer) {
    return Set(result, Outcome::kTempError, Obstacle::kDns,
               "the key could not be looked up");
  }
  if (keys.outcome == FoundKeys::Outcome::kNone) {
    return Set(result, Outcome::kPermError, Obstacle::kNoKey,
               "there is no key");
  }
  SignatureResult best;
  for (const auto& record : keys.records) {
    SignatureResult one =
        WithKey(signature, *record, digest, min_key_bits, result);
    const bool is_pass = one.outcome == Outcome::kPass;
    // What an unfit record is wrong about says less than what a key says.
    if (IsOpen(best) || is_pass || best.obstacle == Obstacle::kSyntax) {
      best = std::move(one);
    }
    if (is_pass) break;
  }
  result = std::move(best);
}

}  // namespace postern::dkim
