#include "dkimd/assessment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace postern::dkimd {

using dkim::Obstacle;
using dkim::Outcome;
using dkim::SignatureResult;

Finding FindingOf(const SignatureResult& result) {
  if (result.outcome == Outcome::kPass) return Finding::kGood;
  if (result.outcome == Outcome::kNone || result.key_is_testing) {
    return Finding::kNoSignature;
  }
  switch (result.obstacle) {
    case Obstacle::kDns:
      return Finding::kDnsError;
    case Obstacle::kBodyHash:
    case Obstacle::kHeaderHash:
    case Obstacle::kExpired:
    case Obstacle::kFuture:
      return Finding::kBadSignature;
    case Obstacle::kNoKey:
    case Obstacle::kRevoked:
      return Finding::kKeyNotFound;
    case Obstacle::kWeakKey:
    case Obstacle::kPartialBody:
    case Obstacle::kUnsigned:
      return Finding::kSecurity;
    case Obstacle::kSyntax:
    case Obstacle::kLimit:
    case Obstacle::kNone:
      return Finding::kSignatureError;
  }
  return Finding::kInternalError;
}

Finding FindingOf(const std::vector<SignatureResult>& results) {
  Finding first = Finding::kNoSignature;
  for (const SignatureResult& result : results) {
    first = std::min(first, FindingOf(result));
  }
  return first;
}

std::string Summary(const std::vector<SignatureResult>& results) {
  return absl::StrJoin(
      results, ", ", [](std::string* out, const SignatureResult& result) {
        absl::StrAppend(out, dkim::OutcomeName(result.outcome));
        if (!result.domain.empty()) {
          absl::StrAppend(out, " ", result.domain, "/", result.selector);
        }
        if (!result.explanation.empty()) {
          absl::StrAppend(out, " (", result.explanation, ")");
        }
      });
}

}  // namespace postern::dkimd
