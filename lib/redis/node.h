// One server as one reactor sees it: its connections and a circuit breaker.
//
// While the breaker is open, what is asked fails at once; a task of our own
// sends PING from time to time and closes the breaker when there is an answer.
// So nobody's command is spent on finding out, and it works without traffic.
//
// Threads: of one reactor.

#ifndef POSTERN_LIB_REDIS_NODE_H_
#define POSTERN_LIB_REDIS_NODE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/event.h"
#include "lib/net/task.h"
#include "lib/redis/answer.h"
#include "lib/redis/circuit_breaker.h"
#include "lib/redis/connection.h"
#include "lib/redis/dialer.h"
#include "lib/redis/health.h"
#include "lib/redis/meters.h"

namespace postern::redis {

class Node : public std::enable_shared_from_this<Node> {
 public:
  // What all nodes of a client have in common.
  struct Settings {
    const Dialer& dialer;
    net::Drain& drain;
    Meters& meters;
    Health& health;
    absl::Duration operation_timeout;
    CircuitBreaker::Options breaker;
    size_t connections = 1;
  };

  // `on_broken` is called when a connection breaks or cannot be made, until
  // Close(). Always in a shared_ptr.
  Node(net::Endpoint endpoint, const Settings& settings,
       std::function<void()> on_broken);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // As Connection::Roundtrip(). The node must outlive the task.
  net::Task<Answer> Roundtrip(absl::string_view wire, int prelude,
                              net::Deadline deadline);

  const net::Endpoint& endpoint() const { return endpoint_; }

  // Nobody waits for it to answer.
  bool is_idle() const { return under_way_ == 0; }

  // Ends everything; needed before the node goes.
  void Close();

 private:
  // Tries until the breaker is closed.
  static net::Task<> Probe(std::shared_ptr<Node> self);
  net::Task<> TryOnce();
  void Judge(const Answer& answer, absl::Duration waited);
  void NoteSuccess();
  void NoteFailure(const absl::Status& why);

  const net::Endpoint endpoint_;
  const Settings& settings_;
  std::vector<std::shared_ptr<Connection>> connections_;
  size_t next_connection_ = 0;
  size_t under_way_ = 0;
  CircuitBreaker breaker_;
  absl::Status last_failure_;
  bool is_reported_ = false;  // To settings_.health, as failed.
  bool is_closed_ = false;
  net::Event closed_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_NODE_H_
