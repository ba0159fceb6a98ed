// A running program's parts: the Daemon that Start() fills and main() drives.
//
//   Parts parts(name, config, runtime);
//   start(config, parts);            // the program adds its parts
//   parts.Serve();                   // listeners and the admin server answer
//   … parts.Reload(config) …
//   parts.Drain();
//
// Threads: main thread.

#ifndef POSTERN_LIB_DAEMON_PARTS_H_
#define POSTERN_LIB_DAEMON_PARTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/daemon/admin_server.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/file_watch.h"
#include "lib/daemon/health.h"
#include "lib/net/http.h"
#include "proto/config/v1/daemon.pb.h"

namespace postern::daemon {

class Parts final : public Daemon {
 public:
  Parts(std::string name, const config::v1::Daemon& config,
        std::unique_ptr<net::Runtime> runtime);
  // Reactors stop first, then the parts go, the latest first.
  ~Parts() override;

  const std::string& name() const override { return name_; }
  const Clock& clock() const override { return Clock::System(); }
  net::Runtime& runtime() override { return *runtime_; }
  net::Drain& drain() override { return drain_; }
  metrics::Registry& metrics() override { return metrics_; }
  absl::StatusOr<net::Endpoint> Listen(
      net::ListenOptions options, net::ConnectionHandler& handler) override;
  void AddService(std::unique_ptr<grpc::Service> service) override;
  void AddReadiness(std::string what,
                    std::function<absl::Status()> check) override;
  absl::Status ReloadNow() override;
  void WatchFile(std::string path) override;
  void OnDrain(std::function<void(absl::Duration left)> finish) override;
  void OnStop(std::function<void()> close) override;

  // Opens the metrics and admin sockets as configured.
  absl::Status OpenOwnSockets();
  // Where the metrics are, with the port that the kernel chose; once opened.
  const net::Endpoint& metrics_endpoint() const {
    return http_listener_->endpoint();
  }
  // Everything that was opened begins to answer.
  void Serve();

  bool FilesHaveChanged() { return files_.HasChanged(); }
  // Hands a changed and checked configuration to all who asked for it; the
  // first error, after all have been called.
  absl::Status Reload(const google::protobuf::Message& config);
  // Counts a reload that has ended, and tells who waits for it;
  // NoteReloadBegins() comes before the configuration is read.
  void NoteReloadBegins();
  void NoteReload(const absl::Status& status);

  // Ready no more: what a load balancer sees first.
  void EndReadiness();
  // Closes the listeners and awaits the work, at most `timeout` in all; tells
  // whether everything ended.
  bool Drain(absl::Duration timeout);

 private:
  void AddReload(std::function<absl::Status(const google::protobuf::Message&)>
                     reload) override;
  void Keep(std::shared_ptr<void> part) override;
  absl::Status OpenMetrics();
  absl::Status OpenAdmin();

  const std::string name_;
  const config::v1::Daemon config_;
  metrics::Registry metrics_;
  net::Drain drain_;
  net::Drain http_drain_;
  const std::unique_ptr<net::Runtime> runtime_;
  Health health_;
  net::HttpServer http_;
  FileWatch files_;
  std::vector<std::shared_ptr<void>> kept_;
  std::vector<
      std::pair<std::unique_ptr<net::Listener>, net::ConnectionHandler*>>
      listeners_;
  std::unique_ptr<net::Listener> http_listener_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<AdminServer> admin_;
  std::vector<std::function<absl::Status(const google::protobuf::Message&)>>
      reloads_;
  absl::Mutex reload_mutex_;
  // The latest reload that has begun, the latest that has ended, and how.
  uint64_t reloads_begun_ ABSL_GUARDED_BY(reload_mutex_) = 0;
  uint64_t reloads_ended_ ABSL_GUARDED_BY(reload_mutex_) = 0;
  absl::Status reload_status_ ABSL_GUARDED_BY(reload_mutex_);
  std::vector<std::function<void(absl::Duration)>> finishers_;
  std::vector<std::function<void()>> closers_;
};

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_PARTS_H_
