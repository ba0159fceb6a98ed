#include "mta/outbound/destination_pattern.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace postern::mta::outbound {
namespace {

constexpr absl::string_view kExchanger = "mx:";

bool Fits(absl::string_view pattern, absl::string_view name) {
  return absl::StartsWith(pattern, ".") ? absl::EndsWith(name, pattern)
                                        : name == pattern;
}

}  // namespace

bool MatchesDestination(absl::string_view pattern, absl::string_view domain,
                        const std::vector<std::string>& hosts) {
  if (pattern == "*") return true;
  if (!absl::ConsumePrefix(&pattern, kExchanger)) return Fits(pattern, domain);
  return absl::c_any_of(
      hosts, [pattern](absl::string_view host) { return Fits(pattern, host); });
}

}  // namespace postern::mta::outbound
