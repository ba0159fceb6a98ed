// Accepts connections and starts a task for each, spread over the reactors.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<net::Listener> listener,
//                    net::Listener::Open(runtime, {.endpoint = endpoint}));
//   listener->Serve(drain, handler);   // handler.Serve(stream) a connection
//
// Opening (bind, listen) and serving are apart, so that every socket of a
// program can be opened before any of them answers.
//
// Errors:  AlreadyExists (address in use), PermissionDenied, InvalidArgument;
//          the text starts with the endpoint.
// Threads: Open, Serve and Close from outside the reactors.
// Limits:  max_connections in all; one more is closed at once and counted.
//          Out of file descriptors: waits 100 ms and goes on.

#ifndef POSTERN_LIB_NET_LISTENER_H_
#define POSTERN_LIB_NET_LISTENER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"

namespace postern::net {

// What a server does with one connection.
class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  // Runs until the connection is to be closed.
  virtual Task<> Serve(Stream stream) = 0;
};

struct ListenOptions {
  Endpoint endpoint;  // The host must be an address.
  // The kernel takes net.core.somaxconn at the most.
  int backlog = 4096;
  size_t max_connections = 10'000;
  // Of a Unix socket. An old socket file that nobody listens on is replaced.
  int unix_mode = 0666;
  std::string unix_owner;  // "user", "user:group" or ":group"; empty: as is.
};

class Listener {
 public:
  static absl::StatusOr<std::unique_ptr<Listener>> Open(Runtime& runtime,
                                                        ListenOptions options);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  // Closes; the handler must outlive the tasks that are still running.
  ~Listener();

  // Where it listens, with the port that the kernel chose.
  const Endpoint& endpoint() const;

  // Starts accepting. `handler` and `drain` must outlive the tasks.
  void Serve(Drain& drain, ConnectionHandler& handler);

  // Stops accepting; what was accepted goes on. Removes a Unix socket's file.
  void Close();

  size_t open_connections() const;
  uint64_t refused_connections() const;

 private:
  class Acceptor;
  explicit Listener(std::shared_ptr<Acceptor> acceptor);
  std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_LISTENER_H_
