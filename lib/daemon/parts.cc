#include "lib/daemon/parts.h"

#include <grpcpp/impl/service_type.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/daemon/flags.h"
#include "lib/daemon/process_metrics.h"
#include "lib/net/deadline.h"

namespace postern::daemon {
namespace {

// A client of the admin server has patience for 30 seconds.
constexpr absl::Duration kReloadPatience = absl::Seconds(25);
constexpr char kSocketDirectory[] = "/run/postern";

// Architecture 3.5; 0: the program has no usual port.
uint16_t UsualMetricsPort(absl::string_view program) {
  if (program == "mta") return 9101;
  if (program == "greylistd") return 9102;
  return 0;
}

}  // namespace

Parts::Parts(std::string name, const config::v1::Daemon& config,
             std::unique_ptr<net::Runtime> runtime)
    : name_(std::move(name)),
      config_(config),
      runtime_(std::move(runtime)),
      health_(*runtime_),
      http_(http_drain_) {
  AddProcessMetrics(metrics_);
  metrics_
      .AddGauge(absl::StrCat("postern_", name_, "_build_info"),
                "Always 1; the label names the version.",
                {{"version", kVersion}})
      .Set(1);
  // The text format of Prometheus 0.0.4.
  http_.Handle("/metrics", [this] {
    return net::HttpResponse{.content_type = "text/plain; version=0.0.4",
                             .body = metrics_.Render()};
  });
  http_.Handle("/healthz", [this] { return health_.Healthz(); });
  http_.Handle("/readyz", [this] { return health_.Readyz(); });
}

Parts::~Parts() {
  admin_.reset();
  listeners_.clear();
  http_listener_.reset();
  for (; !closers_.empty(); closers_.pop_back()) closers_.back()();
  runtime_->Stop();
  services_.clear();
  while (!kept_.empty()) kept_.pop_back();
}

absl::StatusOr<net::Endpoint> Parts::Listen(net::ListenOptions options,
                                            net::ConnectionHandler& handler) {
  ASSIGN_OR_RETURN(std::unique_ptr<net::Listener> listener,
                   net::Listener::Open(*runtime_, std::move(options)));
  const net::Endpoint endpoint = listener->endpoint();
  listeners_.emplace_back(std::move(listener), &handler);
  return endpoint;
}

void Parts::AddService(std::unique_ptr<grpc::Service> service) {
  services_.push_back(std::move(service));
}

void Parts::AddReadiness(std::string what,
                         std::function<absl::Status()> check) {
  health_.AddCheck(std::move(what), std::move(check));
}

void Parts::WatchFile(std::string path) { files_.Add(path); }

void Parts::OnDrain(std::function<void(absl::Duration left)> finish) {
  finishers_.push_back(std::move(finish));
}

void Parts::OnStop(std::function<void()> close) {
  closers_.push_back(std::move(close));
}

void Parts::AddReload(
    std::function<absl::Status(const google::protobuf::Message&)> reload) {
  reloads_.push_back(std::move(reload));
}

void Parts::Keep(std::shared_ptr<void> part) {
  kept_.push_back(std::move(part));
}

absl::Status Parts::OpenOwnSockets() {
  RETURN_IF_ERROR(OpenMetrics());
  return OpenAdmin();
}

absl::Status Parts::OpenMetrics() {
  const uint16_t port = UsualMetricsPort(name_);
  std::string where = config_.metrics();
  if (!config_.has_metrics() && port != 0) {
    where = absl::StrCat("127.0.0.1:", port);
  }
  if (where.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const net::Endpoint endpoint, net::Endpoint::Parse(where));
  ASSIGN_OR_RETURN(http_listener_,
                   net::Listener::Open(*runtime_, {.endpoint = endpoint,
                                                   .max_connections = 64}));
  return absl::OkStatus();
}

absl::Status Parts::OpenAdmin() {
  std::string where = config_.admin().listen();
  if (!config_.admin().has_listen() && ::access(kSocketDirectory, W_OK) == 0) {
    where = absl::StrCat("unix:", kSocketDirectory, "/", name_, ".sock");
  }
  if (where.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      admin_, AdminServer::Start(config_.admin(), where, std::move(services_)));
  return absl::OkStatus();
}

void Parts::Serve() {
  if (http_listener_ != nullptr) http_listener_->Serve(http_drain_, http_);
  for (auto& [listener, handler] : listeners_) {
    listener->Serve(drain_, *handler);
    log::Info("listening", {{"endpoint", listener->endpoint().ToString()}});
  }
  health_.Enter(Health::Phase::kServing);
}

absl::Status Parts::Reload(const google::protobuf::Message& config) {
  absl::Status first;
  for (const auto& reload : reloads_) first.Update(reload(config));
  return first;
}

absl::Status Parts::ReloadNow() {
  absl::MutexLock lock(&reload_mutex_);
  // One that has begun may have read the files already.
  const uint64_t wanted = reloads_begun_ + 1;
  ::kill(::getpid(), SIGHUP);
  const auto has_ended = [this, wanted] {
    reload_mutex_.AssertHeld();
    return reloads_ended_ >= wanted;
  };
  if (!reload_mutex_.AwaitWithTimeout(absl::Condition(&has_ended),
                                      kReloadPatience)) {
    return absl::DeadlineExceededError("the program is busy, or it drains");
  }
  return reload_status_;
}

void Parts::NoteReloadBegins() {
  absl::MutexLock lock(&reload_mutex_);
  ++reloads_begun_;
}

void Parts::NoteReload(const absl::Status& status) {
  {
    absl::MutexLock lock(&reload_mutex_);
    reloads_ended_ = reloads_begun_;
    reload_status_ = status;
  }
  const std::string name = absl::StrCat("postern_", name_, "_reloads_total");
  metrics_
      .AddCounter(name, "Configuration reloads by result.",
                  {{"result", status.ok() ? "ok" : "error"}})
      .Increment();
  if (status.ok()) {
    log::Info("reloaded");
  } else {
    log::Error("reload_failed", {{"error", status}});
  }
}

void Parts::EndReadiness() {
  health_.Enter(Health::Phase::kDraining);
  drain_.Announce();
  if (admin_ != nullptr) admin_->SetServing(false);
}

bool Parts::Drain(absl::Duration timeout) {
  const net::Deadline end = net::Deadline::After(timeout);
  for (auto& [listener, handler] : listeners_) listener->Close();
  drain_.Begin();
  for (const auto& finish : finishers_) finish(end.Left());
  const bool idle = drain_.AwaitIdle(end.Left());
  if (http_listener_ != nullptr) http_listener_->Close();
  http_drain_.Begin();
  // Only a probe may still be reading its answer.
  return http_drain_.AwaitIdle(absl::Seconds(1)) && idle;
}

}  // namespace postern::daemon
