#include "mta/outbound/destination_limits.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mta/outbound/destination_pattern.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kMostBlocks = 100;

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

absl::Status CheckBlock(const config::v1::DestinationLimits& block,
                        const std::vector<std::string>& classes) {
  if (block.name().empty() || absl::c_linear_search(classes, block.name())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "smtp.destination_limits: the name \"", block.name(),
        "\" is empty, that of another block, or the one of all the rest"));
  }
  if (block.destinations().empty() ||
      absl::c_linear_search(block.destinations(), "")) {
    return absl::InvalidArgumentError(
        absl::StrCat("smtp.destination_limits: \"", block.name(),
                     "\" has no destinations, or an empty one"));
  }
  return absl::OkStatus();
}

Destination CommonOf(const config::v1::Smtp& config) {
  Destination common;
  common.concurrency = {
      .initial = config.initial_destination_concurrency(),
      .most = config.destination_concurrency_limit(),
      .positive = config.destination_concurrency_positive_feedback(),
      .negative = config.destination_concurrency_negative_feedback()};
  common.rate_delay = DurationOf(config.destination_rate_delay());
  common.reuse_limit = config.connection_reuse_count_limit();
  return common;
}

}  // namespace

absl::StatusOr<DestinationLimits> DestinationLimits::FromConfig(
    const config::v1::Smtp& config) {
  DestinationLimits limits;
  limits.common_ = CommonOf(config);
  if (config.destination_limits().size() > static_cast<int>(kMostBlocks)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "smtp.destination_limits: more than ", kMostBlocks, " blocks"));
  }
  for (const config::v1::DestinationLimits& from :
       config.destination_limits()) {
    const absl::Status status = CheckBlock(from, limits.classes_);
    if (!status.ok()) return status;
    Block block{.name = from.name(), .patterns = {}, .limits = limits.common_};
    for (const std::string& pattern : from.destinations()) {
      block.patterns.push_back(absl::AsciiStrToLower(pattern));
    }
    ConcurrencyWindow::Limits& window = block.limits.concurrency;
    if (const uint32_t most = from.destination_concurrency_limit()) {
      window.most = most;
    }
    if (const uint32_t initial = from.initial_destination_concurrency()) {
      window.initial = initial;
    }
    if (from.has_destination_rate_delay()) {
      block.limits.rate_delay = DurationOf(from.destination_rate_delay());
    }
    if (const uint32_t reuse = from.connection_reuse_count_limit()) {
      block.limits.reuse_limit = reuse;
    }
    block.limits.limit_class = limits.classes_.size();
    limits.classes_.push_back(from.name());
    limits.blocks_.push_back(std::move(block));
  }
  return limits;
}

Destination DestinationLimits::For(
    absl::string_view domain, const std::vector<std::string>& hosts) const {
  for (const Block& change : changes_) {
    if (MatchesDestination(change.patterns[0], domain, hosts)) {
      return change.limits;
    }
  }
  return Configured(domain, hosts);
}

const Destination& DestinationLimits::Configured(
    absl::string_view domain, const std::vector<std::string>& hosts) const {
  for (const Block& block : blocks_) {
    for (const std::string& pattern : block.patterns) {
      if (MatchesDestination(pattern, domain, hosts)) return block.limits;
    }
  }
  return common_;
}

absl::Status DestinationLimits::Apply(const Change& change) {
  const std::string pattern = absl::AsciiStrToLower(change.pattern);
  if (pattern.empty()) {
    return absl::InvalidArgumentError("the destination is not one");
  }
  const auto same = absl::c_find_if(changes_, [&](const Block& block) {
    return block.patterns[0] == pattern;
  });
  Block block = {
      .name = "", .patterns = {pattern}, .limits = Configured(pattern, {})};
  for (const Block& configured : blocks_) {
    if (absl::c_linear_search(configured.patterns, pattern)) {
      block.limits = configured.limits;
      break;
    }
  }
  if (same != changes_.end()) {
    block.limits = same->limits;
    changes_.erase(same);
  }
  if (!change.concurrency && !change.rate_delay) return absl::OkStatus();
  if (changes_.size() >= kMostBlocks) {
    return absl::ResourceExhaustedError("too many limits have been changed");
  }
  if (change.concurrency) block.limits.concurrency.most = *change.concurrency;
  if (change.rate_delay) block.limits.rate_delay = *change.rate_delay;
  changes_.insert(changes_.begin(), std::move(block));
  return absl::OkStatus();
}

void DestinationLimits::KeepClassesOf(const DestinationLimits& before) {
  classes_ = before.classes_;
  for (Block& block : blocks_) {
    const auto at = absl::c_find(classes_, block.name);
    block.limits.limit_class =
        at == classes_.end() ? 0 : static_cast<size_t>(at - classes_.begin());
  }
}

std::vector<DestinationLimits::Shown> DestinationLimits::Show() const {
  std::vector<Shown> shown;
  for (const Block& change : changes_) {
    shown.push_back({change.name, change.patterns, change.limits});
  }
  for (const Block& block : blocks_) {
    shown.push_back({block.name, block.patterns, block.limits});
  }
  shown.push_back({classes_[0], {"*"}, common_});
  return shown;
}

}  // namespace postern::mta::outbound
