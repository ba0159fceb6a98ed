#include "lib/dkim/arc_verifier.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/dkim/canonicalization.h"
#include "lib/dkim/crypto.h"
#include "lib/dkim/signature_check.h"

namespace postern::dkim {
namespace {

constexpr Canonicalization kRelaxed = Canonicalization::kRelaxed;

void Fail(ArcResult& result, absl::string_view what,
          const SignatureResult& why) {
  result.outcome = Outcome::kFail;
  result.obstacle = why.obstacle;
  result.explanation = absl::StrCat(what, why.explanation);
}

std::vector<std::string> KeyNames(const ArcChain& chain) {
  std::vector<std::string> names = {chain.sets.back().signature.KeyName()};
  for (const ArcSet& set : chain.sets) names.push_back(set.seal.KeyName());
  return names;
}

}  // namespace

mail::AuthResults::Result ArcResult::Reported() const {
  mail::AuthResults::Result result = {
      .method = "arc", .result = std::string(OutcomeName(outcome))};
  result.reason = explanation;
  if (highest_instance > 0) {
    result.comment = absl::StrCat("i=", highest_instance);
  }
  if (!hops.empty()) {
    result.properties.push_back({"header", "d", hops.back().sealer});
  }
  return result;
}

ArcVerifier::ArcVerifier(Message& message, int min_key_bits, KeyFinder& finder)
    : message_(message),
      min_key_bits_(min_key_bits),
      finder_(finder),
      chain_(ArcChain::Read(message.header())) {
  if (chain_.sets.empty()) return;
  const Signature& signature = chain_.sets.back().signature;
  body_hash_ = message.bodies().Want(signature.body_form, signature.body_bytes);
}

net::Task<ArcResult> ArcVerifier::Finish(net::Deadline deadline) {
  message_.Finish();
  ArcResult result;
  result.highest_instance = chain_.highest_instance;
  result.is_marked_failed = chain_.is_marked_failed;
  if (chain_.sets.empty()) {
    if (chain_.fault.empty()) co_return result;
    result.outcome = Outcome::kFail;
    result.obstacle = Obstacle::kSyntax;
    result.explanation = chain_.fault;
    co_return result;
  }
  const std::vector<FoundKeys> keys =
      co_await finder_.Find(KeyNames(chain_), deadline);
  const SignatureResult signature = CheckSignature(keys.front());
  if (signature.outcome != Outcome::kPass) {
    Fail(result, "the last signature: ", signature);
    co_return result;
  }
  const std::vector<std::string> digests = SealDigests();
  for (size_t i = chain_.sets.size(); i > 0; --i) {
    const Signature& seal = chain_.sets[i - 1].seal;
    SignatureResult one = ResultFor(seal);
    CheckKeys(seal, keys[i], digests[i - 1], min_key_bits_, one);
    if (one.outcome == Outcome::kPass) continue;
    Fail(result, absl::StrCat("seal ", i, ": "), one);
    co_return result;
  }
  result.outcome = Outcome::kPass;
  for (const ArcSet& set : chain_.sets) {
    result.hops.push_back({.sealer = set.seal.domain,
                           .selector = set.seal.selector,
                           .results = set.results});
  }
  co_return result;
}

SignatureResult ArcVerifier::CheckSignature(const FoundKeys& keys) const {
  const ArcSet& last = chain_.sets.back();
  SignatureResult result = ResultFor(last.signature);
  CheckBody(last.signature, message_.bodies(), body_hash_,
            /*min_signed_percent=*/100, result);
  if (result.outcome != Outcome::kNone) return result;
  CheckKeys(
      last.signature, keys,
      SignedDigest(message_.header(), last.signature_index, last.signature),
      min_key_bits_, result);
  return result;
}

// RFC 8617 section 5.1.1: the sets up to its own, each as results, signature,
// seal; its own without what b= says.
std::vector<std::string> ArcVerifier::SealDigests() const {
  const HeaderFields& header = message_.header();
  std::vector<std::string> digests;
  Sha256 before;
  for (const ArcSet& set : chain_.sets) {
    std::string text;
    for (const size_t index : {set.results_index, set.signature_index}) {
      AppendCanonicalField(kRelaxed, header.At(index), text);
      text += "\r\n";
    }
    before.Add(text);
    mail::HeaderField seal = header.At(set.seal_index);
    std::string whole;
    AppendCanonicalField(kRelaxed, seal, whole);
    const std::string value = WithoutSignature(seal.value);
    seal.value = value;
    std::string bare;
    AppendCanonicalField(kRelaxed, seal, bare);
    Sha256 own = before.Copy();
    own.Add(bare);
    digests.push_back(own.Finish());
    before.Add(whole);
    before.Add("\r\n");
  }
  return digests;
}

}  // namespace postern::dkim
