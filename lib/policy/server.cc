#include "lib/policy/server.h"

#include <chrono>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"

namespace postern::policy {
namespace {

double SecondsSince(net::Deadline::TimePoint start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

Server::Options Server::Options::FromConfig(
    const config::v1::PolicyServer& config) {
  Options options;
  options.idle_timeout = config::FromProto(config.idle_timeout());
  options.request_timeout = config::FromProto(config.request_timeout());
  options.max_connection_age = config::FromProto(config.max_connection_age());
  options.close_after_request = config.close_after_request();
  if (config.on_failure() == config::v1::PolicyServer::FAILURE_DEFER) {
    options.on_failure = {Verdict::Kind::kDeferIfPermit, 0,
                          "4.3.0 Policy service unavailable, try again later"};
  }
  return options;
}

Server::Meters::Meters(const std::string& program, metrics::Registry& registry)
    : requests(registry.AddCounter(
          absl::StrCat("postern_", program, "_policy_requests_total"),
          "Policy requests answered.")),
      failures(registry.AddCounter(
          absl::StrCat("postern_", program, "_policy_failures_total"),
          "Policy requests answered by on_failure, without a decision.")),
      malformed(registry.AddCounter(
          absl::StrCat("postern_", program, "_policy_malformed_total"),
          "Connections closed because of a malformed policy request.")),
      opened(registry.AddCounter(
          absl::StrCat("postern_", program, "_policy_connections_total"),
          "Policy connections accepted.")),
      open(registry.AddGauge(
          absl::StrCat("postern_", program, "_policy_connections"),
          "Policy connections open now.")),
      seconds(registry.AddHistogram(
          absl::StrCat("postern_", program, "_policy_request_seconds"),
          "Time from reading a policy request to its answer.",
          metrics::LatencyBounds())) {}

// One connection, from its first request to its last answer.
class Server::Connection {
 public:
  Connection(Server& server, net::Stream stream)
      : server_(server), stream_(std::move(stream)) {}

  net::Task<> Run() {
    // An idle connection is ended at once; one that has asked, or has begun to,
    // gets its answer first.
    const net::DrainWatch watch(server_.drain_, [this] {
      if (is_waiting_for_request_ && !stream_.HasInput()) stream_.Interrupt();
    });
    bool goes_on = true;
    while (goes_on) {
      goes_on = co_await Read();
      if (goes_on) goes_on = co_await AnswerAll();
    }
  }

 private:
  using TimePoint = net::Deadline::TimePoint;

  // Returns false when there is nothing more to come.
  net::Task<bool> Read() {
    is_waiting_for_request_ = !reader_.has_partial_request();
    const net::Deadline deadline = net::Deadline::After(
        is_waiting_for_request_ ? server_.options_.idle_timeout
                                : server_.options_.request_timeout);
    absl::StatusOr<size_t> bytes =
        co_await stream_.Read(reader_.Space(), deadline);
    is_waiting_for_request_ = false;
    if (!bytes.ok() || *bytes == 0) co_return false;
    reader_.Fill(*bytes);
    co_return true;
  }

  // Answers every whole request that is here. Returns false when the
  // connection is to be closed.
  net::Task<bool> AnswerAll() {
    bool goes_on = true;
    replies_.clear();
    const TimePoint start = std::chrono::steady_clock::now();
    const net::Deadline deadline =
        net::Deadline::After(server_.options_.request_timeout);
    while (goes_on) {
      absl::StatusOr<const Request*> request = reader_.Next();
      if (!request.ok()) {
        ReportMalformed(request.status());
        goes_on = false;
        break;
      }
      if (*request == nullptr) break;
      absl::StatusOr<Verdict> verdict =
          co_await server_.handler_.Check(**request, deadline);
      if (!verdict.ok()) server_.ReportFailure(verdict.status());
      AppendReply(verdict.ok() ? *verdict : server_.options_.on_failure,
                  replies_);
      server_.meters_.requests.Increment();
      server_.meters_.seconds.Observe(SecondsSince(start));
      if (server_.options_.close_after_request) goes_on = false;
    }
    if (replies_.empty()) co_return goes_on;
    const absl::Status written = co_await stream_.Write(
        replies_, net::Deadline::After(server_.options_.request_timeout));
    co_return goes_on&& written.ok() && !IsToEnd();
  }

  // Whether this moment, between two requests, is one to close at.
  bool IsToEnd() const {
    return !reader_.has_partial_request() &&
           (server_.drain_.has_begun() || oldest_.has_passed());
  }

  void ReportMalformed(const absl::Status& status) {
    server_.meters_.malformed.Increment();
    log::Warning("policy_malformed",
                 {{"peer", stream_.peer().ToString()}, {"error", status}});
  }

  Server& server_;
  net::Stream stream_;
  RequestReader reader_;
  std::string replies_;
  bool is_waiting_for_request_ = false;
  const net::Deadline oldest_ =
      net::Deadline::After(server_.options_.max_connection_age);
};

Server::Server(const std::string& program, Options options, net::Drain& drain,
               metrics::Registry& metrics, Handler& handler)
    : options_(std::move(options)),
      drain_(drain),
      handler_(handler),
      meters_(program, metrics) {}

net::Task<> Server::Serve(net::Stream stream) {
  meters_.opened.Increment();
  meters_.open.Add(1);
  Connection connection(*this, std::move(stream));
  co_await connection.Run();
  meters_.open.Add(-1);
}

void Server::ReportFailure(const absl::Status& status) {
  meters_.failures.Increment();
  const int64_t now = std::chrono::steady_clock::now().time_since_epoch() /
                      std::chrono::seconds(1);
  if (last_report_.exchange(now) == now) return;
  log::Warning("policy_undecided", {{"error", status}});
}

absl::Status Serve(daemon::Daemon& daemon,
                   const config::v1::PolicyServer& config,
                   uint16_t default_port, Handler& handler) {
  Server& server = daemon.Own(std::make_unique<Server>(
      daemon.name(), Server::Options::FromConfig(config), daemon.drain(),
      daemon.metrics(), handler));
  std::vector<std::string> endpoints(config.listen().begin(),
                                     config.listen().end());
  if (endpoints.empty()) {
    endpoints.push_back(absl::StrCat("127.0.0.1:", default_port));
  }
  for (const std::string& text : endpoints) {
    net::ListenOptions options;
    ASSIGN_OR_RETURN(options.endpoint, net::Endpoint::Parse(text));
    options.backlog = static_cast<int>(config.backlog());
    options.max_connections = config.max_connections();
    options.unix_mode = static_cast<int>(config.socket_mode());
    options.unix_owner = config.socket_owner();
    RETURN_IF_ERROR(daemon.Listen(std::move(options), server).status());
  }
  return absl::OkStatus();
}

}  // namespace postern::policy
