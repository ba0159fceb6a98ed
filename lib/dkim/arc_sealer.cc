#include "lib/dkim/arc_sealer.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/arc_chain.h"
#include "lib/dkim/canonicalization.h"
#include "lib/dkim/crypto.h"
#include "lib/dkim/signature.h"
#include "lib/dkim/signature_text.h"
#include "lib/mail/header.h"

namespace postern::dkim {
namespace {

constexpr Canonicalization kRelaxed = Canonicalization::kRelaxed;

void AppendField(absl::string_view name, absl::string_view value,
                 std::string& text) {
  AppendCanonicalField(kRelaxed, {.name = name, .value = value}, text);
}

// A tag and its value; that of b= is not looked at.
using Tags = std::vector<std::pair<absl::string_view, std::string>>;

std::string Written(absl::string_view name, const Tags& tags,
                    absl::string_view b) {
  SignatureText text(name.size() + 1);
  for (const auto& [tag, value] : tags) {
    if (tag == "b") {
      text.AddLong(tag, b);
    } else if (tag == "h") {
      text.AddList(tag, absl::StrSplit(value, ':'));
    } else {
      text.Add(tag, value);
    }
  }
  return text.text();
}

// Returns the value of the field, with a signature of `signed_before` and of
// the field itself.
absl::StatusOr<std::string> SignedField(absl::string_view name,
                                        const Tags& tags, const PrivateKey& key,
                                        absl::string_view signed_before) {
  std::string text(signed_before);
  AppendField(name, Written(name, tags, ""), text);
  ASSIGN_OR_RETURN(const std::string b, key.Sign(Sha256Of(text)));
  std::string value = Written(name, tags, absl::Base64Escape(b));
  // What a verifier will do.
  std::string verified(signed_before);
  AppendField(name, WithoutSignature(value), verified);
  if (!key.Public().Verify(Sha256Of(verified), b)) {
    return absl::InternalError("what was sealed does not verify");
  }
  return value;
}

}  // namespace

ArcSealer::ArcSealer(Message& message, const SignerSettings& settings,
                     SigningIdentity identity, const Clock& clock)
    : message_(message),
      settings_(settings),
      identity_(std::move(identity)),
      clock_(clock),
      body_hash_(message.bodies().Want(kRelaxed, std::nullopt)) {}

absl::StatusOr<std::optional<ArcFields>> ArcSealer::Finish(
    const ArcResult& chain, const mail::AuthResults& results) {
  message_.Finish();
  if (chain.is_marked_failed ||
      chain.highest_instance >= ArcChain::kMaxInstances) {
    return std::nullopt;
  }
  const int instance = chain.highest_instance + 1;
  ArcFields fields;
  fields.results = absl::StrCat(" i=", instance, ";", results.ToValue());
  ASSIGN_OR_RETURN(fields.signature, SignMessage(instance));
  ASSIGN_OR_RETURN(fields.seal, Seal(instance, chain.outcome, fields));
  return fields;
}

absl::StatusOr<std::string> ArcSealer::SignMessage(int instance) const {
  const HeaderFields& header = message_.header();
  std::vector<std::string> names = FieldsToSign(header, settings_);
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const std::string& name) {
                               return absl::StartsWithIgnoreCase(name, "ARC-");
                             }),
              names.end());
  RETURN_IF_ERROR(CheckSignable(message_, names));
  std::string signed_header;
  header.AppendSigned(names, kRelaxed, signed_header);
  const Tags tags = {
      {"a", Algorithm()},
      {"b", ""},
      {"bh", absl::Base64Escape(message_.bodies().digest(body_hash_))},
      {"c", "relaxed/relaxed"},
      {"d", identity_.domain},
      {"h", absl::StrJoin(names, ":")},
      {"i", absl::StrCat(instance)},
      {"s", identity_.selector},
      {"t", absl::StrCat(absl::ToUnixSeconds(clock_.Now()))}};
  return SignedField(kArcSignature, tags, *identity_.key, signed_header);
}

absl::StatusOr<std::string> ArcSealer::Seal(int instance, Outcome chain,
                                            const ArcFields& fields) const {
  const HeaderFields& header = message_.header();
  std::string before;
  const auto add = [&before](absl::string_view name, absl::string_view value) {
    AppendField(name, value, before);
    before += "\r\n";
  };
  if (chain == Outcome::kPass) {
    const ArcChain sets = ArcChain::Read(header);
    for (const ArcSet& set : sets.sets) {
      add(kArcResults, header.At(set.results_index).value);
      add(kArcSignature, header.At(set.signature_index).value);
      add(kArcSeal, header.At(set.seal_index).value);
    }
  }
  add(kArcResults, fields.results);
  add(kArcSignature, fields.signature);
  const Tags tags = {{"a", Algorithm()},
                     {"b", ""},
                     {"cv", std::string(OutcomeName(chain))},
                     {"d", identity_.domain},
                     {"i", absl::StrCat(instance)},
                     {"s", identity_.selector},
                     {"t", absl::StrCat(absl::ToUnixSeconds(clock_.Now()))}};
  return SignedField(kArcSeal, tags, *identity_.key, before);
}

std::string ArcSealer::Algorithm() const {
  return absl::StrCat(KeyTypeName(identity_.key->type()), "-sha256");
}

}  // namespace postern::dkim
