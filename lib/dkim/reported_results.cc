#include "lib/dkim/reported_results.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace postern::dkim {
namespace {

constexpr size_t kLeastOfB = 8;

// Returns how much of each b= tells them apart.
size_t DistinctBytes(const std::vector<SignatureResult>& results) {
  std::vector<absl::string_view> all;
  for (const SignatureResult& result : results) all.push_back(result.base64);
  std::sort(all.begin(), all.end());
  size_t bytes = kLeastOfB;
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i] == all[i - 1]) continue;  // The same signature twice.
    while (all[i].substr(0, bytes) == all[i - 1].substr(0, bytes)) ++bytes;
  }
  return bytes;
}

// Returns the rule that a signature fell short of; "" if there is none.
absl::string_view Rule(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kWeakKey:
      return "weak-key";
    case Obstacle::kPartialBody:
      return "unsigned-body";
    case Obstacle::kUnsigned:
      return "unsigned-field";
    case Obstacle::kLimit:
      return "too-many";
    default:
      return "";
  }
}

std::string Comment(const SignatureResult& result) {
  std::string comment;
  if (result.key_bits > 0) {
    comment = absl::StrCat(result.key_bits, "-bit key");
    if (result.key_is_secure) absl::StrAppend(&comment, ", secure");
  }
  if (result.key_is_testing) absl::StrAppend(&comment, ", test mode");
  return comment;
}

}  // namespace

std::vector<mail::AuthResults::Result> ReportedResults(
    const std::vector<SignatureResult>& results, bool has_header_b) {
  const size_t b_bytes = DistinctBytes(results);
  std::vector<mail::AuthResults::Result> reported;
  for (const SignatureResult& result : results) {
    mail::AuthResults::Result one = {
        .method = "dkim",
        .result = std::string(OutcomeName(result.outcome)),
        .reason = result.explanation,
        .comment = Comment(result)};
    const auto add = [&one](const char* type, const char* name,
                            absl::string_view value) {
      if (!value.empty()) {
        one.properties.push_back({type, name, std::string(value)});
      }
    };
    if (result.outcome == Outcome::kPolicy) {
      add("policy", "dkim-rules", Rule(result.obstacle));
    }
    if (!result.domain.empty()) {
      add("header", "d", result.domain);
      add("header", "i", result.identity);
    }
    add("header", "s", result.selector);
    add("header", "a", result.algorithm);
    if (has_header_b) {
      add("header", "b", absl::string_view(result.base64).substr(0, b_bytes));
    }
    reported.push_back(std::move(one));
  }
  return reported;
}

}  // namespace postern::dkim
