#include "lib/dkim/verifier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/dkim/author_domains.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxResults = 100;

// Fields that RFC 5322 section 3.6 and RFC 2045 allow once.
constexpr absl::string_view kSingleFields[] = {"From",
                                               "Sender",
                                               "Reply-To",
                                               "To",
                                               "Cc",
                                               "Message-ID",
                                               "Date",
                                               "Subject",
                                               "In-Reply-To",
                                               "References",
                                               "MIME-Version",
                                               "Content-Type",
                                               "Content-Transfer-Encoding"};

void Set(SignatureResult& result, Outcome outcome, Obstacle obstacle,
         std::string explanation) {
  result.outcome = outcome;
  result.obstacle = obstacle;
  result.explanation = std::move(explanation);
}

bool IsOpen(const SignatureResult& result) {
  return result.outcome == Outcome::kNone;
}

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

}  // namespace

Verifier::Verifier(Message& message, const VerifierSettings& settings,
                   KeyFinder& finder, const Clock& clock)
    : message_(message), settings_(settings), finder_(finder), clock_(clock) {
  const std::vector<uint32_t>& fields =
      message.header().Named("DKIM-Signature");
  if (fields.empty()) return;
  author_domains_ = AuthorDomains(message.header());
  for (size_t i = 0; i < fields.size() && i < kMaxResults; ++i) {
    AddSignature(fields[i]);
  }
  Choose(/*authors=*/true);
  Choose(/*authors=*/false);
  for (Check& check : checks_) {
    if (!IsOpen(check.result)) continue;
    if (message.header().is_cut()) {
      Set(check.result, Outcome::kPermError, Obstacle::kLimit,
          "the header is too large");
    } else if (!check.is_chosen) {
      Set(check.result, Outcome::kPolicy, Obstacle::kLimit,
          "too many signatures");
    } else {
      CheckTimes(check);
      CheckFields(check);
    }
    if (!IsOpen(check.result)) continue;
    check.body_hash = message.bodies().Want(check.signature.body_form,
                                            check.signature.body_bytes);
  }
}

void Verifier::AddSignature(size_t field) {
  Check check;
  check.field = field;
  check.signature = Signature::Parse(message_.header().At(field).value);
  check.result = ResultFor(check.signature);
  check.result.is_authors = IsAuthors(check.signature.domain, author_domains_);
  checks_.push_back(std::move(check));
}

void Verifier::Choose(bool authors) {
  for (Check& check : checks_) {
    if (chosen_ == settings_.max_signatures) return;
    if (!IsOpen(check.result) || check.result.is_authors != authors) continue;
    check.is_chosen = true;
    ++chosen_;
  }
}

void Verifier::CheckTimes(Check& check) const {
  const absl::Time now = clock_.Now();
  const Signature& signature = check.signature;
  if (signature.expires_at &&
      *signature.expires_at + settings_.clock_drift < now) {
    Set(check.result, Outcome::kFail, Obstacle::kExpired,
        "the signature has expired");
  } else if (signature.signed_at &&
             *signature.signed_at - settings_.clock_drift > now) {
    Set(check.result, Outcome::kFail, Obstacle::kFuture,
        "the signature is of the future");
  }
}

void Verifier::CheckFields(Check& check) const {
  const HeaderFields& header = message_.header();
  const Signature& signature = check.signature;
  for (const absl::string_view name : kSingleFields) {
    const size_t present = header.Named(name).size();
    const auto covered = static_cast<size_t>(std::count_if(
        signature.signed_fields.begin(), signature.signed_fields.end(),
        [name](const std::string& field) {
          return absl::EqualsIgnoreCase(field, name);
        }));
    if (covered > 0 && present > covered) {
      check.result.added_fields.emplace_back(name);
    }
  }
  if (!IsOpen(check.result)) return;
  for (const std::string& name : settings_.must_be_signed) {
    if (header.Named(name).empty() || signature.Signs(name)) continue;
    return Set(check.result, Outcome::kPolicy, Obstacle::kUnsigned,
               absl::StrCat(name, " is not signed"));
  }
  for (const std::string& name : check.result.added_fields) {
    for (const std::string& forbidden : settings_.must_not_be_added) {
      if (!absl::EqualsIgnoreCase(name, forbidden)) continue;
      return Set(check.result, Outcome::kPolicy, Obstacle::kUnsigned,
                 absl::StrCat("there is a ", name, " that is not signed"));
    }
  }
}

net::Task<std::vector<SignatureResult>> Verifier::Finish(
    net::Deadline deadline) {
  message_.Finish();
  std::vector<Check*> open;
  std::vector<std::string> names;
  for (Check& check : checks_) {
    if (IsOpen(check.result)) CheckBody(check);
    if (!IsOpen(check.result)) continue;
    open.push_back(&check);
    names.push_back(check.signature.KeyName());
  }
  if (!open.empty()) {
    const std::vector<FoundKeys> keys =
        co_await finder_.Find(std::move(names), deadline);
    for (size_t i = 0; i < open.size(); ++i) CheckKeys(*open[i], keys[i]);
  }
  std::vector<SignatureResult> results;
  for (Check& check : checks_) results.push_back(std::move(check.result));
  if (results.empty()) results.emplace_back();
  co_return results;
}

void Verifier::CheckBody(Check& check) const {
  const BodyHashes& bodies = message_.bodies();
  const uint64_t bytes = bodies.form_bytes(check.body_hash);
  const uint64_t covered = check.signature.body_bytes.value_or(bytes);
  if (covered > bytes) {
    return Set(check.result, Outcome::kPermError, Obstacle::kSyntax,
               "l= is more than the body");
  }
  check.result.unsigned_bytes = bytes - covered;
  if (bodies.digest(check.body_hash) != check.signature.body_hash) {
    return Set(check.result, Outcome::kFail, Obstacle::kBodyHash,
               "the body hash does not match");
  }
  if (covered == bytes) return;
  const bool is_enough =
      static_cast<double>(covered) * 100 >=
      static_cast<double>(bytes) * settings_.min_signed_percent;
  if (!is_enough) {
    return Set(check.result, Outcome::kPolicy, Obstacle::kPartialBody,
               "a part of the body is not signed");
  }
  if (!message_.header().Named("Content-Type").empty() &&
      !check.signature.Signs("Content-Type")) {
    Set(check.result, Outcome::kPolicy, Obstacle::kUnsigned,
        "neither Content-Type nor all of the body is signed");
  }
}

void Verifier::CheckKeys(Check& check, const FoundKeys& keys) const {
  check.result.key_is_secure = keys.is_secure;
  if (keys.outcome == FoundKeys::Outcome::kNoAnswer) {
    return Set(check.result, Outcome::kTempError, Obstacle::kDns,
               "the key could not be looked up");
  }
  if (keys.outcome == FoundKeys::Outcome::kNone) {
    return Set(check.result, Outcome::kPermError, Obstacle::kNoKey,
               "there is no key");
  }
  const std::string digest = HeaderDigest(check);
  SignatureResult best;
  for (const auto& record : keys.records) {
    SignatureResult result = WithKey(check, *record, digest);
    const bool is_pass = result.outcome == Outcome::kPass;
    // What an unfit record is wrong about says less than what a key says.
    if (IsOpen(best) || is_pass || best.obstacle == Obstacle::kSyntax) {
      best = std::move(result);
    }
    if (is_pass) break;
  }
  check.result = std::move(best);
}

SignatureResult Verifier::WithKey(const Check& check, const KeyRecord& record,
                                  const std::string& digest) const {
  SignatureResult result = check.result;
  result.key_is_testing = record.is_testing;
  const Signature& signature = check.signature;
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
             result.key_bits < settings_.min_key_bits) {
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

std::string Verifier::HeaderDigest(const Check& check) const {
  const HeaderFields& header = message_.header();
  const Signature& signature = check.signature;
  std::string text;
  header.AppendSigned(signature.signed_fields, signature.header_form, text);
  mail::HeaderField field = header.At(check.field);
  const std::string value = WithoutSignature(field.value);
  field.value = value;
  AppendCanonicalField(signature.header_form, field, text);
  return Sha256Of(text);
}

}  // namespace postern::dkim
