// What a program's Start() gets to work with: the parts that are the same for
// every program.
//
// Life of a program (main.h): flags, configuration, privileges, Start(),
// "ready"; then signals until SIGTERM or SIGINT; then draining in this order:
// /readyz fails, drain.delay passes, listeners close, idle connections are
// ended, running work is awaited for drain.timeout; then what was Own()ed is
// destroyed, the latest first.
//
// Threads: Start() runs on the main thread before anything is served.

#ifndef POSTERN_LIB_DAEMON_DAEMON_H_
#define POSTERN_LIB_DAEMON_DAEMON_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "lib/base/clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"

namespace grpc {
class Service;
}

namespace postern::daemon {

class Daemon {
 public:
  virtual ~Daemon() = default;

  virtual const std::string& name() const = 0;
  virtual const Clock& clock() const = 0;
  virtual net::Runtime& runtime() = 0;
  virtual net::Drain& drain() = 0;
  virtual metrics::Registry& metrics() = 0;

  // Keeps `part` until the program ends and returns it.
  template <typename T>
  T& Own(std::unique_ptr<T> part) {
    T& kept = *part;
    Keep(std::shared_ptr<void>(std::move(part)));
    return kept;
  }

  // Opens a socket now; it starts to accept, with `handler`, once Start() has
  // succeeded as a whole, and closes when draining. `handler` is Own()ed.
  // Returns the endpoint, with the port that the kernel chose.
  virtual absl::StatusOr<net::Endpoint> Listen(
      net::ListenOptions options, net::ConnectionHandler& handler) = 0;

  // Adds a service to the admin server; it lives as long as the program.
  virtual void AddService(std::unique_ptr<grpc::Service> service) = 0;

  // /readyz fails, with the text of the error, while a check returns one.
  // Checks must be thread-safe and quick.
  virtual void AddReadiness(std::string what,
                            std::function<absl::Status()> check) = 0;

  // Called on the main thread when SIGHUP came, the configuration file changed
  // or a file of WatchFile() did, with the configuration as it is now (read
  // and checked; of the program's own type). Build the new value completely,
  // then swap it; on an error keep the old one and return the error, which is
  // logged and counted.
  template <typename Config>
  void OnReload(std::function<absl::Status(const Config&)> reload) {
    AddReload(
        [reload = std::move(reload)](const google::protobuf::Message& config) {
          return reload(static_cast<const Config&>(config));
        });
  }

  // Has the configuration read again, as SIGHUP does, and returns what came of
  // it. DeadlineExceeded: the program is busy or drains. From any thread but
  // the main one and the reactors.
  virtual absl::Status ReloadNow() = 0;

  // Has OnReload() called when the file changes.
  virtual void WatchFile(std::string path) = 0;

  // Called once when draining begins, after the listeners have closed, on the
  // main thread, in the order of the calls; each gets the time that is left.
  virtual void OnDrain(std::function<void(absl::Duration left)> finish) = 0;

  // Called at the very end, on the main thread, while the reactors still run
  // and before any part is destroyed: to close connections that a part keeps
  // on the reactors. The latest first.
  virtual void OnStop(std::function<void()> close) = 0;

 private:
  virtual void AddReload(
      std::function<absl::Status(const google::protobuf::Message&)> reload) = 0;
  virtual void Keep(std::shared_ptr<void> part) = 0;
};

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_DAEMON_H_
