#include "lib/table/cidr_snapshot.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/net/ip.h"
#include "lib/table/logical_line.h"
#include "lib/table/rule.h"

namespace postern::table {
namespace {

class CidrSnapshot final : public Snapshot {
 public:
  CidrSnapshot(std::vector<Rule> rules, std::vector<net::Network> networks)
      : rules_(std::move(rules)), networks_(std::move(networks)) {}

  std::optional<std::string> Find(absl::string_view key) const override {
    const auto address = net::IpAddress::Parse(key);
    if (!address.ok()) return std::nullopt;
    const size_t found = FirstMatch(
        rules_, [&](size_t i) { return networks_[i].Contains(*address); });
    if (found == rules_.size()) return std::nullopt;
    return rules_[found].result;
  }

 private:
  std::vector<Rule> rules_;
  std::vector<net::Network> networks_;  // One a rule.
};

size_t NetworkBytes(absl::string_view text) {
  return std::min(text.find_first_of(" \t\r"), text.size());
}

// Takes the brackets away: "[2001:db8::]/32", "[2001:db8::/32]".
absl::StatusOr<net::Network> ParsePattern(absl::string_view pattern) {
  if (pattern.front() != '[') return net::Network::Parse(pattern);
  const size_t end = pattern.find(']');
  if (end == pattern.npos) return net::Network::Parse(pattern);
  return net::Network::Parse(
      absl::StrCat(pattern.substr(1, end - 1), pattern.substr(end + 1)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> ParseCidr(
    absl::string_view content, const std::string& path) {
  ASSIGN_OR_RETURN(std::vector<Rule> rules,
                   ParseRules(content, path, NetworkBytes));
  std::vector<net::Network> networks;
  networks.reserve(rules.size());
  for (const Rule& rule : rules) {
    const auto network = ParsePattern(rule.pattern);
    if (!network.ok()) {
      return LineError(path, rule.line, network.status().message());
    }
    networks.push_back(*network);
  }
  return std::make_unique<CidrSnapshot>(std::move(rules), std::move(networks));
}

}  // namespace postern::table
