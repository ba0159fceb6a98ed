#include "greylistd/dnswl.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::greylistd {
namespace {

// The answers by which lists tell that they will not answer.
bool IsRefusal(const net::IpAddress& answer) {
  static const std::array<net::Network, 2> kRefusals = {
      net::Network(net::IpAddress::V4({127, 0, 0, 255}), 32),
      net::Network(net::IpAddress::V4({127, 255, 255, 0}), 24)};
  return std::any_of(
      kRefusals.begin(), kRefusals.end(),
      [&](const net::Network& network) { return network.Contains(answer); });
}

bool SaysYes(const dns::Answer& answer,
             const std::vector<net::Network>& networks) {
  for (const auto& address : dns::RecordsOf<net::IpAddress>(answer)) {
    if (IsRefusal(address)) continue;
    for (const net::Network& network : networks) {
      if (network.Contains(address)) return true;
    }
  }
  return false;
}

}  // namespace

Dnswl::Dnswl(std::vector<DnsList> lists, absl::Duration timeout,
             dns::Resolver* resolver)
    : lists_(std::move(lists)), timeout_(timeout), resolver_(resolver) {
  assert(lists_.empty() || resolver_ != nullptr);
}

net::Task<Dnswl::Answer> Dnswl::Ask(net::IpAddress client,
                                    net::Deadline deadline) const {
  const net::Deadline until =
      std::min(deadline, net::Deadline::After(timeout_));
  const std::string labels = client.ReversedLabels();
  Answer result = Answer::kNo;
  for (const DnsList& list : lists_) {
    absl::StatusOr<dns::Answer> answer = co_await resolver_->Resolve(
        absl::StrCat(labels, ".", list.zone), dns::Type::kA, until);
    if (!answer.ok()) {
      result = Answer::kUnknown;
    } else if (SaysYes(*answer, list.answers)) {
      co_return Answer::kYes;
    }
  }
  co_return result;
}

}  // namespace postern::greylistd
