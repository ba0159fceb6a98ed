#include "mta/server/server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/net/endpoint.h"
#include "mta/filters/policy_client.h"
#include "mta/limits/open_connections.h"
#include "mta/restrictions/table_files.h"
#include "mta/server/map_files.h"
#include "mta/server/proxy_protocol.h"
#include "mta/server/tls_settings.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {
namespace {

// Without a configuration: for this machine only.
config::v1::Listener LoopbackListener() {
  config::v1::Listener listener;
  listener.set_listen("127.0.0.1:25");
  listener.set_max_connections(10000);
  return listener;
}

restrictions::Services ServicesOf(const ServerParts& parts,
                                  restrictions::DnsLists& lists,
                                  restrictions::AddressVerifier& verifier) {
  const filters::PolicyClientParts client_parts = {
      parts.runtime, parts.resolver, parts.clock, parts.metrics};
  restrictions::Services services;
  services.resolver = &parts.resolver;
  services.dns_lists = &lists;
  services.verifier = &verifier;
  services.tables.redis = parts.redis;
  services.make_policy_source =
      [client_parts](const filters::PolicyService& service) {
        return std::make_unique<filters::PolicyClient>(client_parts, service);
      };
  services.make_milter_client = [client_parts, &drain = parts.drain](
                                    filters::MilterService service,
                                    std::shared_ptr<net::TlsContext> tls) {
    return std::make_shared<filters::MilterClient>(
        client_parts, drain, std::move(service), std::move(tls));
  };
  return services;
}

// Adds the files of tables that name certificates, and those they name.
void AddTlsFiles(const config::v1::Mta& config,
                 std::vector<std::string>& files) {
  for (const std::string& spec : config.tls_server_sni_maps()) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(spec, absl::MaxSplits(':', 1));
    if (parts.first != "inline") files.push_back(parts.second);
  }
  for (const config::v1::Milter& milter : config.filters().milters()) {
    if (!milter.has_tls()) continue;
    for (const std::string& file :
         {milter.tls().ca_file(), milter.tls().certificate_file(),
          milter.tls().key_file()}) {
      if (!file.empty()) files.push_back(file);
    }
  }
  const auto tls = TlsSettings::FromConfig(config);
  if (!tls.ok()) return;  // Told by Create() or Reload().
  const std::vector<std::string> own = tls->Files();
  files.insert(files.end(), own.begin(), own.end());
}

}  // namespace

// Serves the connections of one listener.
class Server::Port final : public net::ConnectionHandler {
 public:
  Port(Server& server, const config::v1::Listener& listener)
      : server_(server), listen_(listener.listen()) {}

  net::Task<> Serve(net::Stream stream) override {
    ListenerSettings::Listener listener = server_.SettingsOf(listen_);
    const Settings& settings = *listener.settings;
    if (settings.proxy.is_expected) {
      const net::Endpoint proxy = stream.peer();
      const ProxyResult result =
          co_await TakeProxyHeader(stream, settings.proxy);
      CountProxy(result, proxy);
      if (!IsAccepted(result)) co_return;
    }
    const std::optional<limits::OpenConnections::Ticket> ticket =
        open_.Enter(stream.peer_address(), settings.limits);
    if (!ticket) {
      Refuse(stream, settings);
      co_return;
    }
    const ServerParts& parts = server_.parts_;
    Session session({.spool = parts.spool,
                     .client_names = server_.client_names_,
                     .clock = parts.clock,
                     .drain = parts.drain,
                     .meters = server_.meters_,
                     .budgets = server_.budgets_,
                     .transport = server_.transport_meters_,
                     .tls = std::move(listener.tls),
                     .auth_workers = server_.auth_workers_,
                     .arrivals = parts.arrivals},
                    std::move(listener.settings), std::move(stream),
                    ticket->connections());
    co_await session.Run();
  }

 private:
  void Refuse(net::Stream& stream, const Settings& settings) {
    const std::string client = stream.peer_address().ToString();
    server_.meters_.too_many_connections.Increment();
    log::Warning("too_many_connections", {{"client", client}});
    // A client that waits for a handshake would not understand.
    if (settings.tls.use == TlsSettings::Use::kImplicit) return;
    const smtp::Reply reply{
        421, "4.7.0",
        absl::StrCat(settings.dialogue.myhostname,
                     " Error: too many connections from ", client)};
    stream.SayLast(reply.Format());
  }

  void CountProxy(ProxyResult result, const net::Endpoint& proxy) {
    server_.transport_meters_.CountProxy(result);
    if (IsAccepted(result)) return;
    log::Warning("proxy_refused", {{"listener", listen_},
                                   {"proxy", proxy.ToString()},
                                   {"reason", ProxyResultName(result)}});
  }

  Server& server_;
  const std::string listen_;
  limits::OpenConnections open_;
};

Server::Server(const config::v1::Mta& config, ServerParts parts,
               std::unique_ptr<restrictions::DnsLists> dns_lists,
               std::unique_ptr<restrictions::AddressVerifier> verifier,
               ListenerSettings settings)
    : parts_(parts),
      meters_(parts.metrics),
      budgets_({.unit = config::FromProto(config.anvil_rate_time_unit()),
                .replicas = config.limit_replicas()},
               parts.clock, parts.redis, parts.metrics),
      transport_meters_(parts.metrics),
      client_names_(parts.resolver, parts.clock),
      dns_lists_(std::move(dns_lists)),
      verifier_(std::move(verifier)),
      settings_(std::move(settings)) {}

Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Create(
    const config::v1::Mta& config, ServerParts parts) {
  using restrictions::AddressVerifier;
  using restrictions::DnsLists;
  ASSIGN_OR_RETURN(std::unique_ptr<restrictions::VerifyStore> store,
                   restrictions::VerifyStore::Open(config.address_verify_map(),
                                                   parts.clock));
  auto verifier = std::make_unique<AddressVerifier>(AddressVerifier::Parts{
      std::move(store), parts.clock, parts.drain, parts.metrics});
  auto lists = std::make_unique<DnsLists>(
      DnsLists::Parts{parts.resolver, parts.clock, parts.drain, parts.metrics});
  ASSIGN_OR_RETURN(ListenerSettings settings,
                   ListenerSettings::FromConfig(
                       config, ServicesOf(parts, *lists, *verifier)));
  std::unique_ptr<Server> server(new Server(config, parts, std::move(lists),
                                            std::move(verifier),
                                            std::move(settings)));
  server->ShowCertificates();
  return server;
}

absl::Status Server::Check(const config::v1::Mta& config) {
  return ListenerSettings::FromConfig(config, {}).status();
}

absl::Status Server::Listen(daemon::Daemon& daemon,
                            const config::v1::Mta& config) {
  auto listeners = config.listeners();
  if (listeners.empty()) *listeners.Add() = LoopbackListener();
  for (const config::v1::Listener& listener : listeners) {
    ASSIGN_OR_RETURN(net::Endpoint endpoint,
                     net::Endpoint::Parse(listener.listen()));
    net::ListenOptions options;
    options.endpoint = std::move(endpoint);
    options.max_connections = listener.max_connections();
    RETURN_IF_ERROR(
        daemon.Listen(std::move(options), AddPort(listener)).status());
  }
  return absl::OkStatus();
}

net::ConnectionHandler& Server::AddPort(const config::v1::Listener& listener) {
  ports_.push_back(std::make_unique<Port>(*this, listener));
  return *ports_.back();
}

absl::Status Server::Reload(const config::v1::Mta& config) {
  ListenerSettings before;
  {
    absl::MutexLock lock(&mutex_);
    before = settings_;
  }
  ASSIGN_OR_RETURN(
      ListenerSettings settings,
      ListenerSettings::Renew(
          config, ServicesOf(parts_, *dns_lists_, *verifier_), before));
  {
    absl::MutexLock lock(&mutex_);
    std::swap(settings_, settings);
  }
  ShowCertificates();
  return absl::OkStatus();
}

void Server::ShowCertificates() {
  absl::MutexLock lock(&mutex_);
  transport_meters_.stale_certificates.Increment(
      settings_.stale_certificates());
  for (const auto& [listen, listener] : settings_.all()) {
    if (listener.tls == nullptr) continue;
    transport_meters_.SetCertificates(listen, listener.tls->certificates());
  }
}

ListenerSettings::Listener Server::SettingsOf(const std::string& listen) const {
  absl::MutexLock lock(&mutex_);
  return settings_.Of(listen);
}

std::vector<std::string> FilesOf(const config::v1::Mta& config) {
  std::vector<std::string> files = MapFiles(config);
  for (std::string& file : restrictions::TableFiles(config)) {
    files.push_back(std::move(file));
  }
  AddTlsFiles(config, files);
  if (!config.handoff().secret_file().empty()) {
    files.push_back(config.handoff().secret_file());
  }
  for (const config::v1::Listener& listener : config.listeners()) {
    if (listener.has_override()) AddTlsFiles(listener.override(), files);
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace postern::mta::server
