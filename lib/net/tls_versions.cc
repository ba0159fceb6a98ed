#include "lib/net/tls_versions.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::net {
namespace {

constexpr absl::string_view kNames[] = {"SSLv2",   "SSLv3",   "TLSv1",
                                        "TLSv1.1", "TLSv1.2", "TLSv1.3"};
constexpr int kNameCount = std::size(kNames);
constexpr int kTls12 = 4;
constexpr int kTls13 = 5;

absl::StatusOr<int> IndexOf(absl::string_view name) {
  for (int i = 0; i < kNameCount; ++i) {
    if (absl::EqualsIgnoreCase(kNames[i], name)) return i;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(name), "\" is not a protocol version, as TLSv1.2 is"));
}

// As IndexOf(), of a version that is asked for.
absl::StatusOr<int> Offered(absl::string_view name) {
  ASSIGN_OR_RETURN(const int index, IndexOf(name));
  if (index < kTls12) {
    return absl::InvalidArgumentError(
        absl::StrCat(kNames[index], " is not offered: TLSv1.2 is the least"));
  }
  return index;
}

}  // namespace

absl::StatusOr<TlsVersions> TlsVersions::Parse(absl::string_view text) {
  int least = kTls12;
  int most = kTls13;
  bool has_names = false;
  std::array<bool, kNameCount> is_named = {};
  std::array<bool, kNameCount> is_excluded = {};
  for (absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \t\n,:"), absl::SkipEmpty())) {
    if (absl::ConsumePrefix(&word, ">=")) {
      ASSIGN_OR_RETURN(least, Offered(word));
    } else if (absl::ConsumePrefix(&word, "<=")) {
      ASSIGN_OR_RETURN(most, Offered(word));
    } else if (absl::ConsumePrefix(&word, "!")) {
      ASSIGN_OR_RETURN(const int index, IndexOf(word));
      is_excluded[index] = true;
    } else {
      ASSIGN_OR_RETURN(const int index, Offered(word));
      is_named[index] = has_names = true;
    }
  }
  const auto is_spoken = [&](int index) {
    return index >= least && index <= most && !is_excluded[index] &&
           (!has_names || is_named[index]);
  };
  const TlsVersions versions = {.tls12 = is_spoken(kTls12),
                                .tls13 = is_spoken(kTls13)};
  if (!versions.tls12 && !versions.tls13) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(text), "\" leaves no version to speak"));
  }
  return versions;
}

}  // namespace postern::net
