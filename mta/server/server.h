// Mail comes in: the relay's SMTP server.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Server> server,
//                    Server::Create(config, parts));
//   Server& kept = daemon.Own(std::move(server));
//   RETURN_IF_ERROR(kept.Listen(daemon, config));
//   daemon.OnReload<config::v1::Mta>(
//       [&kept](const config::v1::Mta& now) { return kept.Reload(now); });
//
// Each connection is one session (session.h), with the settings of the listener
// that it came in by. A session keeps the settings it began with; after
// Reload() new sessions have the new ones. Which listeners there are does not
// change without a restart, nor does what is in the table files without a
// Reload(): have the daemon watch FilesOf().
//
// Errors:  InvalidArgument; the text starts with the config field at fault,
//          "listeners[1].override.mynetworks" for a listener's own. Listen()
//          also returns what Daemon::Listen() does.
// Threads: Create(), Listen() and Reload() on the main thread.

#ifndef POSTERN_MTA_SERVER_SERVER_H_
#define POSTERN_MTA_SERVER_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/clock.h"
#include "lib/daemon/daemon.h"
#include "lib/dns/resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/redis/client.h"
#include "mta/limits/budgets.h"
#include "mta/queue/arrivals.h"
#include "mta/queue/spool.h"
#include "mta/restrictions/dnsbl.h"
#include "mta/restrictions/verify.h"
#include "mta/server/client_names.h"
#include "mta/server/listener_settings.h"
#include "mta/server/meters.h"
#include "mta/server/session.h"
#include "mta/server/settings.h"
#include "mta/server/transport_meters.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

// What the server works with; all of it must outlive the server.
struct ServerParts {
  net::Runtime& runtime;
  net::Drain& drain;
  queue::Spool& spool;
  dns::Resolver& resolver;
  const Clock& clock;
  metrics::Registry& metrics;
  // Where the replicas count together; nullptr: each by itself.
  redis::Client* redis = nullptr;
  // What other relays have handed over; nullptr: they cannot.
  queue::Arrivals* arrivals = nullptr;
};

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Create(
      const config::v1::Mta& config, ServerParts parts);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // Every session must have ended.
  ~Server();

  // Checks what the types cannot say; opens tables, but no socket.
  static absl::Status Check(const config::v1::Mta& config);

  // Says how addresses are probed (address verification). Before Listen().
  void SetProbe(restrictions::AddressVerifier::Probe probe) {
    verifier_->SetProbe(std::move(probe));
  }

  // Opens config.listeners, or 127.0.0.1:25 when there are none. `config` is
  // the one of Create().
  absl::Status Listen(daemon::Daemon& daemon, const config::v1::Mta& config);

  // Takes `config` for the sessions to come. On an error all stays as it is.
  absl::Status Reload(const config::v1::Mta& config);

  // Returns what rewrites envelopes now; not nullptr. Any thread.
  std::shared_ptr<const rewriting::Rewriter> rewriter() const {
    return SettingsOf("").settings->rewriter;
  }
  // Returns the mail filters there are now; not nullptr. Any thread.
  std::shared_ptr<const filters::Milters> milters() const {
    return SettingsOf("").settings->milters;
  }
  // Returns what the tables say of addresses now; not nullptr. Any thread.
  std::shared_ptr<const rewriting::AddressBook> addresses() const {
    return SettingsOf("").settings->addresses;
  }
  // Returns what they say of transports now; not nullptr. Any thread.
  std::shared_ptr<const routing::TransportMap> transports() const {
    return SettingsOf("").settings->transports;
  }

  // Returns what serves the connections of one listener, with the settings
  // that Create() or Reload() got for it (by what it listens on), or those of
  // the file's top. Listen() does it with the daemon's sockets; a test brings
  // its own.
  net::ConnectionHandler& AddPort(const config::v1::Listener& listener);

 private:
  class Port;

  Server(const config::v1::Mta& config, ServerParts parts,
         std::unique_ptr<restrictions::DnsLists> dns_lists,
         std::unique_ptr<restrictions::AddressVerifier> verifier,
         ListenerSettings settings);
  ListenerSettings::Listener SettingsOf(const std::string& listen) const;
  // Sets the metrics of certificates.
  void ShowCertificates();

  const ServerParts parts_;
  Meters meters_;
  limits::Budgets budgets_;
  TransportMeters transport_meters_;
  ClientNames client_names_;
  AuthWorkers auth_workers_;
  const std::unique_ptr<restrictions::DnsLists> dns_lists_;
  const std::unique_ptr<restrictions::AddressVerifier> verifier_;
  std::vector<std::unique_ptr<Port>> ports_;
  mutable absl::Mutex mutex_;
  ListenerSettings settings_ ABSL_GUARDED_BY(mutex_);
};

// Returns all files that a Reload() reads: of tables and of certificates.
std::vector<std::string> FilesOf(const config::v1::Mta& config);

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_SERVER_H_
