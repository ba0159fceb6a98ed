// Serves a Handler over the policy delegation protocol, TCP and Unix sockets.
//
//   auto& handler = daemon.Own(std::make_unique<Handler>(...));
//   return policy::Serve(daemon, config.policy(), /*default_port=*/10023,
//                        handler);
//
// A connection is one task: it reads what is there, answers every whole request
// in it in order, and sends all the answers with one write. A connection ends
// when the peer closes it, after idle_timeout without a request, after
// max_connection_age right behind an answer, after a malformed request (without
// an answer, as SMTPD_POLICY_README asks), and when draining: what was read is
// answered first.
//
// Metrics: postern_<program>_policy_requests_total, _policy_failures_total,
//          _policy_malformed_total, _policy_connections_total,
//          _policy_connections, _policy_request_seconds.
// Errors:  Serve() returns what Daemon::Listen() does, and InvalidArgument for
//          an endpoint that is none.

#ifndef POSTERN_LIB_POLICY_SERVER_H_
#define POSTERN_LIB_POLICY_SERVER_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/daemon/daemon.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/policy/handler.h"
#include "proto/config/v1/policy.pb.h"

namespace postern::policy {

// Opens the sockets of `config`, or 127.0.0.1:`default_port` when it names
// none, and serves `handler`, which must live as long as the daemon.
absl::Status Serve(daemon::Daemon& daemon,
                   const config::v1::PolicyServer& config,
                   uint16_t default_port, Handler& handler);

// What Serve() puts behind each socket.
class Server final : public net::ConnectionHandler {
 public:
  struct Options {
    absl::Duration idle_timeout = absl::Minutes(10);
    absl::Duration request_timeout = absl::Seconds(10);
    absl::Duration max_connection_age = absl::Minutes(30);
    bool close_after_request = false;
    // The answer when the handler could not decide.
    Verdict on_failure;

    static Options FromConfig(const config::v1::PolicyServer& config);
  };

  // `program` names the metrics. All references must outlive the server.
  Server(const std::string& program, Options options, net::Drain& drain,
         metrics::Registry& metrics, Handler& handler);

  net::Task<> Serve(net::Stream stream) override;

 private:
  class Connection;
  struct Meters {
    Meters(const std::string& program, metrics::Registry& registry);
    metrics::Counter& requests;
    metrics::Counter& failures;
    metrics::Counter& malformed;
    metrics::Counter& opened;
    metrics::Gauge& open;
    metrics::Histogram& seconds;
  };

  // Counts a request without a decision, and logs the reason, at most one a
  // second.
  void ReportFailure(const absl::Status& status);

  const Options options_;
  net::Drain& drain_;
  Handler& handler_;
  Meters meters_;
  std::atomic<int64_t> last_report_ = 0;  // In seconds of the steady clock.
};

}  // namespace postern::policy

#endif  // POSTERN_LIB_POLICY_SERVER_H_
