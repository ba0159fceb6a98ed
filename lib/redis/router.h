// Gets a command to the server that has to answer it, wherever that is now.
// One for each reactor.
//
// Keeps the topology up to date in the background, at most one inquiry at a
// time; commands wait for it only while nothing is known. Follows MOVED and
// ASK, turns away from a replica that was the master, and tries again where a
// cluster asks for it: at most kMaxRetries times and within the deadline. A
// command is sent again only when it is certain that it was not carried out.
//
// Threads: of one reactor.

#ifndef POSTERN_LIB_REDIS_ROUTER_H_
#define POSTERN_LIB_REDIS_ROUTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/event.h"
#include "lib/net/task.h"
#include "lib/redis/answer.h"
#include "lib/redis/circuit_breaker.h"
#include "lib/redis/node.h"
#include "lib/redis/topology.h"
#include "lib/redis/waiting_room.h"

namespace postern::redis {

// A command on its way; the texts must outlive the task.
struct Request {
  absl::string_view wire;  // One command.
  uint16_t slot = 0;
  // A command to be sent before it to the same server, whose reply does not
  // matter; may be empty.
  absl::string_view preparation;
};

class Router {
 public:
  static constexpr int kMaxRetries = 3;
  static constexpr size_t kMaxNodes = 1000;

  // `settings` must outlive the router.
  Router(std::unique_ptr<Topology> topology, const Node::Settings& settings);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // The router must outlive the task.
  net::Task<Answer> Send(Request request, net::Deadline deadline);

  // Ends everything. The router may go when the drain of its settings is idle.
  void Close();

 private:
  enum class Next { kDone, kAgain, kAgainLater };

  // Returns the node for `slot`; nullptr if it is not known.
  std::shared_ptr<Node> KnownNode(uint16_t slot);
  // The same, finding out first.
  net::Task<absl::StatusOr<std::shared_ptr<Node>>> FindNode(
      uint16_t slot, net::Deadline deadline);
  // Returns the node at `endpoint`; nullptr if there are too many.
  std::shared_ptr<Node> NodeAt(const net::Endpoint& endpoint);
  static net::Task<Answer> SendTo(Node& node, Request request, bool asking,
                                  net::Deadline deadline);

  // Decides what comes after `answer` from `from`; `ask` becomes the node to
  // be asked exceptionally, or none.
  Next Follow(const Answer& answer, const net::Endpoint& from, uint16_t slot,
              std::optional<net::Endpoint>& ask);
  Next FollowError(ErrorReply error, const net::Endpoint& from, uint16_t slot,
                   std::optional<net::Endpoint>& ask);

  void OnBroken(const net::Endpoint& endpoint);
  void StartLearning();
  net::Task<> LearnLoop();
  void NoteLearned(const absl::Status& status);
  // Drops nodes that are neither in the topology nor in use.
  void Prune();

  std::unique_ptr<Topology> topology_;
  const Node::Settings& settings_;
  std::map<net::Endpoint, std::shared_ptr<Node>> nodes_;

  bool is_learning_ = false;
  bool is_reported_ = false;  // To settings_.health, as failed.
  CircuitBreaker learning_breaker_;
  CircuitBreaker::TimePoint last_learned_ = {};
  absl::Status learn_failure_;
  WaitingRoom learners_;

  bool is_closed_ = false;
  net::Event closed_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_ROUTER_H_
