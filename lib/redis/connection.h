// One connection to one server, shared by all tasks of a reactor.
//
// Commands are queued and written together, as many as have come since the last
// write; replies come in the same order and find their command by that. A
// command that is given up leaves its place, and its reply is dropped. The
// connection opens when there is something to send, and again after it broke;
// what was not sent yet goes over the new one.
//
// A server that owes a reply for longer than `patience` is taken for gone: the
// next command has the connection closed and opened again.
//
// Threads: of one reactor.
// Limits:  kMaxUnderWay commands, kMaxBatchBytes in one write or a little more.

#ifndef POSTERN_LIB_REDIS_CONNECTION_H_
#define POSTERN_LIB_REDIS_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/event.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/redis/answer.h"
#include "lib/redis/dialer.h"
#include "lib/redis/meters.h"
#include "lib/redis/reply.h"

namespace postern::redis {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static constexpr size_t kMaxUnderWay = 10'000;
  static constexpr size_t kMaxBatchBytes = 256 << 10;

  struct Options {
    net::Endpoint endpoint;
    const Dialer& dialer;
    net::Drain& drain;  // Counts the connection's own tasks.
    Meters& meters;
    absl::Duration patience;
    // Called when it could not be opened or broke.
    std::function<void(const absl::Status&)> on_broken;
  };

  // Always in a shared_ptr: its own tasks hold on to it.
  explicit Connection(Options options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends `wire`, which holds `prelude` commands whose replies are dropped and
  // then one whose reply is the answer. `wire` and the connection must outlive
  // the task.
  net::Task<Answer> Roundtrip(absl::string_view wire, int prelude,
                              net::Deadline deadline);

  // Ends everything; what comes after is refused.
  void Close();

 private:
  using TimePoint = net::Deadline::TimePoint;

  // A command whose task waits.
  class Pending;

  // A command that was sent.
  struct Owed {
    Pending* waiter;  // nullptr: given up.
    int prelude;      // Replies to drop before its own.
    TimePoint sent;
  };

  // Opens and serves as long as there is something to send.
  static net::Task<> Serve(std::shared_ptr<Connection> self);
  // Reads and writes until the connection breaks; returns why it did.
  net::Task<absl::Status> Converse();
  static net::Task<> WriteLoop(std::shared_ptr<Connection> self);
  net::Task<absl::Status> ReadLoop();

  void Enqueue(Pending& pending);
  // Moves queued commands to the owed ones and their bytes into batch_.
  void TakeBatch();
  absl::Status Deliver(Reply reply);
  // Takes a command out of whichever queue it is in.
  void Forget(Pending& pending);
  // Ends the conversation that is going on.
  void Break(absl::Status why);
  void BreakIfStuck();
  void FailQueued(Answer::Fate fate, const absl::Status& why);
  void FailOwed(const absl::Status& why);

  Options options_;
  bool is_closed_ = false;
  bool is_serving_ = false;
  bool is_writer_idle_ = false;

  std::deque<Pending*> queued_;  // nullptr: given up.
  uint64_t first_queued_ = 0;    // The number of queued_.front().
  std::deque<Owed> owed_;
  uint64_t first_owed_ = 0;  // The number of owed_.front().

  std::optional<net::Stream> stream_;  // While conversing.
  absl::Status break_reason_;          // Why we ended it ourselves.
  std::string batch_;
  net::Event work_;  // There is something to write, or no more.
  net::Event writer_ended_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_CONNECTION_H_
