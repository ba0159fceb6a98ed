#include "lib/policy/endpoint_roster.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace postern::policy {
namespace {

// A question waits no longer than this for a look-up that it does not need.
constexpr absl::Duration kLongestRefresh = absl::Seconds(1);

absl::Duration BackOff(const EndpointRoster::Options& options, int failures) {
  absl::Duration wait = options.first_back_off;
  for (int i = 1; i < failures && wait < options.longest_back_off; ++i) {
    wait *= 2;
  }
  return std::min(wait, options.longest_back_off);
}

}  // namespace

EndpointRoster::EndpointRoster(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  assert(!options_.endpoints.empty());
  for (const net::Endpoint& endpoint : options_.endpoints) {
    Name name;
    name.endpoint = endpoint;
    if (!options_.resolve || endpoint.is_unix()) {
      name.addresses = {endpoint};
      name.refresh_at = absl::InfiniteFuture();
      health_.try_emplace(endpoint);
    }
    names_.push_back(std::move(name));
  }
}

net::Task<absl::StatusOr<EndpointRoster::Choice>> EndpointRoster::Choose(
    net::Deadline deadline) {
  for (size_t i = 0; i < options_.endpoints.size(); ++i) {
    co_await Refresh(i, deadline);
  }
  co_return ChooseNow();
}

net::Task<> EndpointRoster::Refresh(size_t index, net::Deadline deadline) {
  bool has_addresses = false;
  if (!BeginRefresh(index, has_addresses)) co_return;
  const absl::Duration half = deadline.Left() / 2;
  const net::Deadline wait = net::Deadline::After(
      has_addresses ? std::min(half, kLongestRefresh) : half);
  absl::StatusOr<std::vector<net::Endpoint>> found =
      co_await options_.resolve(options_.endpoints[index], wait);
  Take(index, std::move(found));
}

// Tells whether the caller is to look the name up. As long as old addresses
// are there only one does.
bool EndpointRoster::BeginRefresh(size_t index, bool& has_addresses) {
  absl::MutexLock lock(&mutex_);
  Name& name = names_[index];
  has_addresses = !name.addresses.empty();
  if (clock_.Now() < name.refresh_at) return false;
  if (name.is_being_refreshed && has_addresses) return false;
  name.is_being_refreshed = true;
  return true;
}

void EndpointRoster::Take(size_t index,
                          absl::StatusOr<std::vector<net::Endpoint>> found) {
  absl::MutexLock lock(&mutex_);
  Name& name = names_[index];
  name.is_being_refreshed = false;
  name.trouble = found.status();
  name.refresh_at =
      clock_.Now() + (found.ok() ? options_.refresh : options_.retry_refresh);
  if (!found.ok()) return;
  name.addresses = *std::move(found);
  std::map<net::Endpoint, Health> health;
  for (const Name& each : names_) {
    for (const net::Endpoint& address : each.addresses) {
      health[address] = health_[address];
    }
  }
  health_ = std::move(health);
}

absl::StatusOr<EndpointRoster::Choice> EndpointRoster::ChooseNow() {
  absl::MutexLock lock(&mutex_);
  Choice choice;
  for (const Name& name : names_) {
    for (const net::Endpoint& address : name.addresses) {
      choice.all.push_back(address);
    }
  }
  if (choice.all.empty()) return names_.front().trouble;
  const absl::Time now = clock_.Now();
  const size_t first = next_++ % choice.all.size();
  std::rotate(choice.all.begin(), choice.all.begin() + first, choice.all.end());
  for (const net::Endpoint& address : choice.all) {
    if (health_[address].left_out_until <= now) {
      choice.candidates.push_back(address);
    }
  }
  if (choice.candidates.empty()) choice.candidates = choice.all;
  return choice;
}

void EndpointRoster::Answered(const net::Endpoint& address) {
  absl::MutexLock lock(&mutex_);
  const auto found = health_.find(address);
  if (found != health_.end()) found->second = Health();
}

bool EndpointRoster::Failed(const net::Endpoint& address) {
  absl::MutexLock lock(&mutex_);
  const auto found = health_.find(address);
  if (found == health_.end()) return false;
  Health& health = found->second;
  ++health.failures;
  health.left_out_until = clock_.Now() + BackOff(options_, health.failures);
  return health.failures == 1;
}

size_t EndpointRoster::size() const {
  absl::MutexLock lock(&mutex_);
  return health_.size();
}

size_t EndpointRoster::healthy() const {
  absl::MutexLock lock(&mutex_);
  const bool nothing_known =
      std::all_of(names_.begin(), names_.end(), [](const Name& name) {
        return name.addresses.empty() && name.trouble.ok();
      });
  if (nothing_known) return names_.size();
  return std::count_if(health_.begin(), health_.end(), [](const auto& entry) {
    return entry.second.failures == 0;
  });
}

}  // namespace postern::policy
