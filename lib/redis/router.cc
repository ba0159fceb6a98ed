#include "lib/redis/router.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "lib/redis/command.h"

namespace postern::redis {
namespace {

// Between two inquiries, while there is something to go by.
constexpr std::chrono::milliseconds kLearnInterval(250);
// Before a cluster that asked for it is asked again.
constexpr absl::Duration kRetryPause = absl::Milliseconds(20);

constexpr char kTopology[] = "topology";

std::chrono::steady_clock::time_point Now() {
  return std::chrono::steady_clock::now();
}

CircuitBreaker::Options LearningBreaker(CircuitBreaker::Options options) {
  options.failures = 1;
  return options;
}

}  // namespace

Router::Router(std::unique_ptr<Topology> topology,
               const Node::Settings& settings)
    : topology_(std::move(topology)),
      settings_(settings),
      learning_breaker_(LearningBreaker(settings.breaker)) {}

net::Task<Answer> Router::Send(Request request, net::Deadline deadline) {
  std::optional<net::Endpoint> ask;
  for (int retries = 0;; ++retries) {
    std::shared_ptr<Node> node = ask ? NodeAt(*ask) : KnownNode(request.slot);
    if (node == nullptr) {
      absl::StatusOr<std::shared_ptr<Node>> found =
          co_await FindNode(request.slot, deadline);
      if (!found.ok()) {
        co_return Answer::Failed(Answer::Fate::kNotSent, found.status());
      }
      node = *std::move(found);
    }
    Answer answer = co_await SendTo(*node, request, ask.has_value(), deadline);
    const Next next = Follow(answer, node->endpoint(), request.slot, ask);
    if (next == Next::kDone || retries == kMaxRetries) co_return answer;
    if (next == Next::kAgainLater) {
      co_await net::Sleep(std::min(kRetryPause, deadline.Left()));
    }
    if (deadline.has_passed() || is_closed_) co_return answer;
  }
}

net::Task<Answer> Router::SendTo(Node& node, Request request, bool asking,
                                 net::Deadline deadline) {
  if (!asking && request.preparation.empty()) {
    co_return co_await node.Roundtrip(request.wire, 0, deadline);
  }
  std::string wire(request.preparation);
  // Has effect on the very next command alone.
  if (asking) AppendCommand({"ASKING"}, wire);
  absl::StrAppend(&wire, request.wire);
  const int prelude = (asking ? 1 : 0) + (request.preparation.empty() ? 0 : 1);
  co_return co_await node.Roundtrip(wire, prelude, deadline);
}

std::shared_ptr<Node> Router::KnownNode(uint16_t slot) {
  const net::Endpoint* endpoint = topology_->NodeOf(slot);
  return endpoint == nullptr ? nullptr : NodeAt(*endpoint);
}

std::shared_ptr<Node> Router::NodeAt(const net::Endpoint& endpoint) {
  const auto found = nodes_.find(endpoint);
  if (found != nodes_.end()) return found->second;
  if (is_closed_) return nullptr;
  if (nodes_.size() >= kMaxNodes) Prune();
  if (nodes_.size() >= kMaxNodes) return nullptr;
  auto node = std::make_shared<Node>(endpoint, settings_,
                                     [this, endpoint] { OnBroken(endpoint); });
  nodes_.emplace(endpoint, node);
  return node;
}

net::Task<absl::StatusOr<std::shared_ptr<Node>>> Router::FindNode(
    uint16_t slot, net::Deadline deadline) {
  if (is_closed_) co_return absl::UnavailableError("redis: closed");
  if (!learning_breaker_.is_closed()) co_return learn_failure_;
  StartLearning();
  bool is_over = !is_learning_;
  if (!is_over) is_over = co_await learners_.Wait(deadline);
  if (auto node = KnownNode(slot)) co_return node;
  if (!is_over) {
    co_return absl::DeadlineExceededError(
        "redis: did not find out in time whom to ask");
  }
  if (!learn_failure_.ok()) co_return learn_failure_;
  co_return absl::UnavailableError(
      absl::StrCat("redis: no node serves slot ", slot));
}

Router::Next Router::Follow(const Answer& answer, const net::Endpoint& from,
                            uint16_t slot, std::optional<net::Endpoint>& ask) {
  if (answer.fate == Answer::Fate::kNotSent) {
    ask.reset();
    // Once more, if the topology sends us elsewhere by now.
    const net::Endpoint* now = topology_->NodeOf(slot);
    return now == nullptr || *now != from ? Next::kAgain : Next::kDone;
  }
  if (!answer.reply.is_error()) return Next::kDone;
  ErrorReply error = ReadError(answer.reply.error());
  if (error.node.host.empty()) error.node.host = from.host;
  return FollowError(std::move(error), from, slot, ask);
}

Router::Next Router::FollowError(ErrorReply error, const net::Endpoint& from,
                                 uint16_t slot,
                                 std::optional<net::Endpoint>& ask) {
  using Kind = ErrorReply::Kind;
  ask.reset();
  switch (error.kind) {
    case Kind::kMoved:
      if (!topology_->FollowsRedirections()) return Next::kDone;
      settings_.meters.CountRedirection();
      topology_->Move(slot, error.node);
      StartLearning();
      return Next::kAgain;
    case Kind::kAsk:
      if (!topology_->FollowsRedirections()) return Next::kDone;
      settings_.meters.CountRedirection();
      ask = std::move(error.node);
      return Next::kAgain;
    case Kind::kReadOnly:
      if (!topology_->Lose(from)) return Next::kDone;
      settings_.meters.CountRedirection();
      StartLearning();
      return Next::kAgain;
    case Kind::kClusterDown:
      StartLearning();
      return Next::kAgainLater;
    case Kind::kTryAgain:
      return Next::kAgainLater;
    default:
      return Next::kDone;
  }
}

void Router::OnBroken(const net::Endpoint& endpoint) {
  if (topology_->Lose(endpoint)) StartLearning();
}

void Router::StartLearning() {
  if (is_learning_ || is_closed_) return;
  if (!topology_->Nodes().empty() && Now() < last_learned_ + kLearnInterval) {
    return;
  }
  is_learning_ = true;
  net::Spawn(settings_.drain, LearnLoop());
}

net::Task<> Router::LearnLoop() {
  while (!is_closed_) {
    const absl::Status status = co_await topology_->Learn();
    NoteLearned(status);
    if (status.ok() || is_closed_) break;
    const absl::Duration pause =
        absl::FromChrono(learning_breaker_.trial_time() - Now());
    const net::Deadline trial_time =
        net::Deadline::After(std::max(absl::ZeroDuration(), pause));
    co_await closed_.Wait(trial_time);
    learning_breaker_.BeginTrial(Now());
  }
  is_learning_ = false;
}

void Router::NoteLearned(const absl::Status& status) {
  last_learned_ = Now();
  learn_failure_ = status;
  if (status.ok()) {
    learning_breaker_.Succeeded();
    if (is_reported_) settings_.health.Recovered(kTopology);
    is_reported_ = false;
    Prune();
  } else {
    learning_breaker_.Failed(
        Now(), static_cast<double>(RandomBelow(1 << 20)) / (1 << 20));
    if (!is_reported_ && !is_closed_) {
      settings_.health.Failed(kTopology, status);
      is_reported_ = true;
    }
  }
  learners_.CallAll();
}

void Router::Prune() {
  const std::vector<net::Endpoint> wanted = topology_->Nodes();
  for (auto entry = nodes_.begin(); entry != nodes_.end();) {
    const bool is_wanted =
        std::find(wanted.begin(), wanted.end(), entry->first) != wanted.end();
    if (is_wanted || !entry->second->is_idle()) {
      ++entry;
      continue;
    }
    entry->second->Close();
    entry = nodes_.erase(entry);
  }
}

void Router::Close() {
  is_closed_ = true;
  closed_.Set();
  for (auto& [endpoint, node] : nodes_) node->Close();
  if (is_reported_) settings_.health.Withdrawn(kTopology);
  is_reported_ = false;
  learners_.CallAll();
}

}  // namespace postern::redis
