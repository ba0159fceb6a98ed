// Threads for password checks, which may take as long as saslauthd likes.
//
// They are apart from the runtime's pool for calls that block: when whoever
// knows the passwords hangs, all of these threads hang with it, and mail still
// reaches the disk. A caller waits no longer than its deadline; the call itself
// cannot be interrupted, so it owns all that it needs.
//
//   const std::optional<AuthAnswer> answer = co_await workers.Run(
//       [exchange] { return exchange->Step(""); }, deadline);
//
// Threads: Run() from any reactor.
// Limits:  kThreads calls at a time, kMaxQueued waiting; one more is refused.

#ifndef POSTERN_MTA_SERVER_AUTH_WORKERS_H_
#define POSTERN_MTA_SERVER_AUTH_WORKERS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "mta/server/auth_exchange.h"

namespace postern::mta::server {

class AuthWorkers {
 public:
  static constexpr size_t kThreads = 8;
  static constexpr size_t kMaxQueued = 256;

  AuthWorkers();
  AuthWorkers(const AuthWorkers&) = delete;
  AuthWorkers& operator=(const AuthWorkers&) = delete;
  // Waits for the calls under way, but not for those that hang: after
  // kLastWait their threads are left behind.
  ~AuthWorkers();

  // Runs `call` on one of the threads, which are started when they are needed.
  // Returns nullopt if it did not end before the deadline or was refused.
  net::Task<std::optional<AuthAnswer>> Run(std::function<AuthAnswer()> call,
                                           net::Deadline deadline);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_AUTH_WORKERS_H_
