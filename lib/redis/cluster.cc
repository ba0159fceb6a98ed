#include "lib/redis/cluster.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "lib/redis/command.h"
#include "lib/redis/error_reply.h"
#include "lib/redis/exchange.h"

namespace postern::redis {
namespace {

void Shuffle(std::vector<net::Endpoint>& nodes) {
  for (size_t i = nodes.size(); i > 1; --i) {
    std::swap(nodes[i - 1], nodes[RandomBelow(i)]);
  }
}

}  // namespace

Cluster::Cluster(std::vector<net::Endpoint> seeds, const Dialer& dialer,
                 absl::Duration timeout)
    : seeds_(std::move(seeds)), dialer_(dialer), timeout_(timeout) {
  assert(!seeds_.empty());
}

const net::Endpoint* Cluster::NodeOf(uint16_t slot) const {
  return map_.NodeOf(slot);
}

std::vector<net::Endpoint> Cluster::Nodes() const { return map_.nodes(); }

std::vector<net::Endpoint> Cluster::Candidates() const {
  std::vector<net::Endpoint> candidates = map_.nodes();
  Shuffle(candidates);
  candidates.resize(std::min(candidates.size(), kMaxAsked / 2));
  std::vector<net::Endpoint> seeds = seeds_;
  Shuffle(seeds);
  seeds.resize(std::min(seeds.size(), kMaxAsked / 2));
  candidates.insert(candidates.end(), seeds.begin(), seeds.end());
  return candidates;
}

net::Task<absl::Status> Cluster::Learn() {
  const std::vector<net::Endpoint> candidates = Candidates();
  absl::Status failure;
  for (const net::Endpoint& node : candidates) {
    failure = co_await LearnFrom(node);
    if (failure.ok()) break;
  }
  co_return failure;
}

net::Task<absl::Status> Cluster::LearnFrom(net::Endpoint node) {
  CO_ASSIGN_OR_RETURN(net::Stream stream, co_await dialer_.Dial(node));
  std::string question = FormatCommand({"CLUSTER", "SLOTS"});
  const net::Deadline deadline = net::Deadline::After(timeout_);
  absl::StatusOr<std::vector<Reply>> replies =
      co_await Exchange(stream, std::move(question), 1, deadline);
  CO_RETURN_IF_ERROR(replies.status());
  const Reply& reply = replies->front();
  if (reply.is_error()) co_return StatusOfError(reply.error());
  absl::StatusOr<SlotMap> map = SlotMap::FromReply(reply, node.host);
  CO_RETURN_IF_ERROR(map.status());
  if (map->nodes().empty()) {
    co_return absl::UnavailableError(
        absl::StrCat(node.ToString(), ": no slot of the cluster is served"));
  }
  map_ = *std::move(map);
  co_return absl::OkStatus();
}

void Cluster::Move(uint16_t slot, const net::Endpoint& node) {
  map_.Move(slot, node);
}

bool Cluster::Lose(const net::Endpoint&) { return true; }

}  // namespace postern::redis
