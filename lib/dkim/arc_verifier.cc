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
    result.properties.push_back(
        {"header", "oldest-pass", absl::StrCat(oldest_pass)});
  }
  return result;
}

ArcVerifier::ArcVerifier(Message& message, int min_key_bits, KeyFinder& finder)
    : message_(message),
      min_key_bits_(min_key_bits),
      finder_(finder),
      chain_(ArcChain::Read(message.header())) {
  for (const ArcSet& set : chain_.sets) {
    const Signature& signature = set.signature;
    // Each l= would be one more hash of the body.
    const bool counts = !signature.body_bytes ||
                        set.seal_index == chain_.sets.back().seal_index;
    body_hashes_.push_back(std::nullopt);
    if (!counts) continue;
    body_hashes_.back() =
        message.bodies().Want(signature.body_form, signature.body_bytes);
  }
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
  const SignatureResult signature =
      CheckSignature(chain_.sets.size() - 1, keys.front());
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
  result.oldest_pass = co_await OldestPass(deadline);
  co_return result;
}

net::Task<int> ArcVerifier::OldestPass(net::Deadline deadline) {
  const size_t older = chain_.sets.size() - 1;
  std::vector<std::string> names;
  for (size_t i = 0; i < older; ++i) {
    names.push_back(chain_.sets[i].signature.KeyName());
  }
  const std::vector<FoundKeys> keys =
      co_await finder_.Find(std::move(names), deadline);
  for (size_t i = older; i > 0; --i) {
    const SignatureResult one = CheckSignature(i - 1, keys[i - 1]);
    if (one.outcome != Outcome::kPass) co_return static_cast<int>(i) + 1;
  }
  co_return 0;
}

SignatureResult ArcVerifier::CheckSignature(size_t set,
                                            const FoundKeys& keys) const {
  const ArcSet& one = chain_.sets[set];
  SignatureResult result = ResultFor(one.signature);
  if (!body_hashes_[set]) return result;
  CheckBody(one.signature, message_.bodies(), *body_hashes_[set],
            /*min_signed_percent=*/100, result);
  if (result.outcome != Outcome::kNone) return result;
  CheckKeys(one.signature, keys,
            SignedDigest(message_.header(), one.signature_index, one.signature),
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
