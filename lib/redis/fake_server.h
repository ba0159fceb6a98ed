// A Redis that a test plays itself, for what a real one does not do on demand:
// silence, garbage, late replies, errors.
//
//   FakeServer server(*runtime, [](const FakeServer::Words& command) {
//     return command[0] == "GET" ? "$2\r\nhi\r\n" : "-ERR what?\r\n";
//   });
//   config.add_endpoints(server.endpoint().ToString());
//
// Says +OK to CLIENT by itself. Threads: the answerer is called on reactors,
// one call at a time.

#ifndef POSTERN_LIB_REDIS_FAKE_SERVER_H_
#define POSTERN_LIB_REDIS_FAKE_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"

namespace postern::redis {

class FakeServer final : public net::ConnectionHandler {
 public:
  using Words = std::vector<std::string>;
  // Returns the bytes to send: one reply, none, or several that were held back.
  using Answerer = std::function<std::string(const Words& command)>;
  // Returned by an answerer: the connection is closed.
  static constexpr char kHangUp[] = "hang up";

  // `runtime` must outlive the server.
  FakeServer(net::Runtime& runtime, Answerer answerer);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  // Closes all connections. Not from a reactor.
  ~FakeServer() override;

  const net::Endpoint& endpoint() const { return listener_->endpoint(); }

  // All commands but CLIENT so far, their words joined by spaces.
  std::vector<std::string> commands() const;
  // The number of connections that were ever made.
  int connections() const;

  net::Task<> Serve(net::Stream stream) override;

 private:
  std::string Answer(const Words& command);

  const Answerer answerer_;
  net::Drain drain_;
  std::unique_ptr<net::Listener> listener_;
  mutable absl::Mutex mutex_;
  std::vector<std::string> commands_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_FAKE_SERVER_H_
