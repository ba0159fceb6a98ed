#include "mta/relay.h"

#include <grpcpp/impl/service_type.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "lib/base/status_macros.h"
#include "lib/dns/unbound_resolver.h"
#include "lib/https/client.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"
#include "lib/redis/client.h"
#include "mta/address_probe.h"
#include "mta/admin/queue_service.h"
#include "mta/admin/relay_service.h"
#include "mta/admin/transfer_service.h"
#include "mta/filters/own_mail.h"
#include "mta/outbound/delivery.h"
#include "mta/outbound/handoff.h"
#include "mta/queue/arrivals.h"
#include "mta/queue/queue_config.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"
#include "mta/restrictions/verify_rules.h"
#include "mta/routing/own_endpoints.h"
#include "mta/routing/sts_finder.h"
#include "mta/routing/tls_finding.h"
#include "mta/routing/tls_policies.h"
#include "mta/server/server.h"
#include "mta/server/settings.h"
#include "mta/tls_report/reports.h"

namespace postern::mta {
namespace {

// The members are in the order in which they need each other; they go in the
// reverse order.
struct Relay {
  std::unique_ptr<dns::UnboundResolver> resolver;
  std::unique_ptr<redis::Client> redis;  // nullptr: none is configured.
  std::unique_ptr<queue::Spool> spool;
  std::unique_ptr<queue::Arrivals> arrivals;
  std::unique_ptr<server::Server> server;
  std::unique_ptr<https::Client> report_web;     // nullptr: nobody needs it.
  std::unique_ptr<tls_report::Reports> reports;  // nullptr: none are made.
  std::optional<routing::OwnEndpoints> own;
  std::unique_ptr<https::Client> web;  // nullptr: nobody needs it.
  std::unique_ptr<routing::StsFinder> sts;
  std::unique_ptr<outbound::Delivery> delivery;
  std::unique_ptr<queue::Scheduler> scheduler;
  std::unique_ptr<outbound::Handoff> handoff;
};

void WatchFiles(const config::v1::Mta& config, daemon::Daemon& daemon) {
  for (std::string& file : server::FilesOf(config)) {
    daemon.WatchFile(std::move(file));
  }
  if (!config.smtp_tls_cafile().empty()) {
    daemon.WatchFile(config.smtp_tls_cafile());
  }
}

absl::StatusOr<routing::OwnEndpoints> OwnEndpointsOf(
    const config::v1::Mta& config) {
  routing::OwnEndpoints own(config.myhostname(), routing::InterfaceAddresses());
  for (const config::v1::Listener& listener : config.listeners()) {
    ASSIGN_OR_RETURN(const net::Endpoint endpoint,
                     net::Endpoint::Parse(listener.listen()));
    own.AddListener(endpoint);
  }
  return own;
}

// The server expands the references in `config` itself.
absl::Status MakeInbound(const config::v1::Mta& config, daemon::Daemon& daemon,
                         Relay& relay) {
  ASSIGN_OR_RETURN(relay.resolver, dns::UnboundResolver::Create(config.dns()));
  if (config.has_redis()) {
    ASSIGN_OR_RETURN(
        relay.redis,
        redis::Client::Create(config.redis(), {.runtime = daemon.runtime(),
                                               .resolver = relay.resolver.get(),
                                               .metrics = &daemon.metrics(),
                                               .program = daemon.name()}));
    daemon.OnStop([&redis = *relay.redis] { redis.Close(); });
  }
  ASSIGN_OR_RETURN(relay.spool,
                   queue::Spool::Open(queue::SpoolOptionsFrom(config),
                                      daemon.clock(), daemon.metrics()));
  relay.arrivals = std::make_unique<queue::Arrivals>(daemon.clock());
  ASSIGN_OR_RETURN(
      relay.server,
      server::Server::Create(config,
                             {daemon.runtime(), daemon.drain(), *relay.spool,
                              *relay.resolver, daemon.clock(), daemon.metrics(),
                              relay.redis.get(), relay.arrivals.get()}));
  return absl::OkStatus();
}

net::Task<absl::Status> RewriteReport(const server::Server& server,
                                      spool::v1::Envelope& envelope) {
  const std::shared_ptr<const rewriting::Rewriter> rewriter = server.rewriter();
  const absl::Status status = co_await rewriter->Rewrite(envelope);
  co_return status;
}

// Mail of our own goes past the filters that there are when it is written.
queue::FilterOwnMail OwnMailFilter(const std::string& myhostname,
                                   daemon::Daemon& daemon, Relay& relay) {
  return [&server = *relay.server,
          host = filters::OwnHost{daemon.drain(), myhostname}](
             queue::QueueId id, spool::v1::Envelope& envelope,
             std::string& content) {
    return filters::FilterOwnMail(server.milters(), host, id.ToString(),
                                  envelope, content);
  };
}

// Asks the web servers that other domains name, and some that are not public.
absl::StatusOr<std::unique_ptr<https::Client>> MakeWeb(
    const config::v1::Mta& config,
    const google::protobuf::RepeatedPtrField<std::string>& allowed,
    dns::Resolver& resolver) {
  https::Options options = {.ca_file = config.smtp_tls_cafile(),
                            .ca_path = config.smtp_tls_capath()};
  for (const std::string& text : allowed) {
    ASSIGN_OR_RETURN(net::Network network, net::Network::Parse(text));
    options.allowed_networks.push_back(network);
  }
  return https::Client::Create(resolver, std::move(options));
}

absl::StatusOr<std::unique_ptr<routing::StsStore>> StsStoreOf(
    const config::v1::Mta& config, const Clock& clock, redis::Client* redis) {
  const std::string& directory = config.mta_sts().directory();
  if (directory.empty()) {
    return redis == nullptr ? nullptr : routing::MakeStsStore(*redis);
  }
  absl::StatusOr<std::unique_ptr<routing::StsStore>> store =
      routing::OpenStsStore(directory, clock);
  if (store.ok()) return store;
  return absl::Status(
      store.status().code(),
      absl::StrCat("mta_sts.directory: ", store.status().message()));
}

absl::Status MakeSts(const config::v1::Mta& config, daemon::Daemon& daemon,
                     Relay& relay) {
  ASSIGN_OR_RETURN(
      const std::unique_ptr<routing::TlsPolicies> policies,
      routing::TlsPolicies::FromConfig(config, {.only_checks = true}));
  if (!policies->uses_sts()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      relay.web,
      MakeWeb(config, config.mta_sts().allowed_networks(), *relay.resolver));
  ASSIGN_OR_RETURN(std::unique_ptr<routing::StsStore> store,
                   StsStoreOf(config, daemon.clock(), relay.redis.get()));
  const google::protobuf::Duration& timeout = config.mta_sts().fetch_timeout();
  relay.sts = std::make_unique<routing::StsFinder>(routing::StsFinder::Parts{
      .resolver = *relay.resolver,
      .get =
          [&web = *relay.web](std::string uri, size_t most, net::Deadline by) {
            return web.Get(std::move(uri), most, by);
          },
      .store = std::move(store),
      .clock = daemon.clock(),
      .drain = daemon.drain(),
      .metrics = daemon.metrics(),
      .fetch_timeout = absl::Seconds(timeout.seconds()) +
                       absl::Nanoseconds(timeout.nanos())});
  return absl::OkStatus();
}

absl::Status MakeReports(const config::v1::Mta& config, daemon::Daemon& daemon,
                         Relay& relay) {
  if (!config.has_tls_report()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      relay.report_web,
      MakeWeb(config, config.tls_report().allowed_networks(), *relay.resolver));
  ASSIGN_OR_RETURN(
      relay.reports,
      tls_report::Reports::Create(
          config,
          {*relay.resolver, *relay.report_web, *relay.spool, relay.redis.get(),
           daemon.runtime(), daemon.drain(), daemon.clock(), daemon.metrics(),
           OwnMailFilter(config.myhostname(), daemon, relay)}));
  daemon.OnStop([&reports = *relay.reports] { reports.End(); });
  return absl::OkStatus();
}

std::function<void(const routing::TlsFinding&)> TlsListener(Relay& relay) {
  if (relay.reports == nullptr) return nullptr;
  return [&reports = *relay.reports](const routing::TlsFinding& finding) {
    reports.Note(finding);
  };
}

absl::Status MakeOutbound(const config::v1::Mta& config, daemon::Daemon& daemon,
                          Relay& relay) {
  ASSIGN_OR_RETURN(relay.own, OwnEndpointsOf(config));
  RETURN_IF_ERROR(MakeSts(config, daemon, relay));
  ASSIGN_OR_RETURN(
      relay.delivery,
      outbound::Delivery::Create(
          config,
          {.resolver = *relay.resolver,
           .own = *relay.own,
           .addresses = [&server =
                             *relay.server] { return server.addresses(); },
           .transports = [&server =
                              *relay.server] { return server.transports(); },
           .clock = daemon.clock(),
           .drain = daemon.drain(),
           .metrics = daemon.metrics(),
           .redis = relay.redis.get(),
           .sts = relay.sts.get(),
           .on_tls = TlsListener(relay)}));
  const std::string suspensions =
      absl::StrCat(config.queue().directory(), "/suspensions");
  RETURN_IF_ERROR(relay.delivery->pool().suspensions().Open(suspensions));
  relay.server->SetProbe(
      [&delivery = *relay.delivery,
       sender = restrictions::ProbeSender(config)](std::string address) {
        return ProbeAddress(delivery, sender, std::move(address));
      });
  ASSIGN_OR_RETURN(queue::SchedulerOptions options,
                   queue::SchedulerOptionsFrom(config, config.myhostname()));
  relay.scheduler = std::make_unique<queue::Scheduler>(
      queue::SchedulerParts{
          *relay.spool, *relay.delivery, daemon.runtime(), daemon.drain(),
          daemon.clock(), daemon.metrics(),
          [&server = *relay.server](spool::v1::Envelope& envelope) {
            return RewriteReport(server, envelope);
          },
          OwnMailFilter(config.myhostname(), daemon, relay),
          relay.arrivals.get()},
      std::move(options));
  return absl::OkStatus();
}

absl::Status MakeHandoff(const config::v1::Mta& config, daemon::Daemon& daemon,
                         Relay& relay) {
  ASSIGN_OR_RETURN(relay.handoff, outbound::Handoff::Create(
                                      config, {.spool = *relay.spool,
                                               .scheduler = *relay.scheduler,
                                               .resolver = *relay.resolver,
                                               .own = *relay.own,
                                               .runtime = daemon.runtime(),
                                               .drain = daemon.drain(),
                                               .clock = daemon.clock(),
                                               .metrics = daemon.metrics()}));
  daemon.OnDrain([&handoff = *relay.handoff](absl::Duration left) {
    handoff.Finish(left);
  });
  return absl::OkStatus();
}

}  // namespace

absl::Status Check(const config::v1::Mta& config) {
  ASSIGN_OR_RETURN(const config::v1::Mta named, server::Expanded(config));
  RETURN_IF_ERROR(server::Server::Check(config));
  RETURN_IF_ERROR(
      outbound::PoolOptions::FromConfig(named, {.only_checks = true}).status());
  if (named.has_tls_report()) {
    RETURN_IF_ERROR(tls_report::CheckConfig(named.tls_report()));
  }
  return queue::SchedulerOptionsFrom(named, named.myhostname()).status();
}

absl::Status Start(const config::v1::Mta& config, daemon::Daemon& daemon) {
  ASSIGN_OR_RETURN(const config::v1::Mta named, server::Expanded(config));
  auto& relay = daemon.Own(std::make_unique<Relay>());
  RETURN_IF_ERROR(MakeInbound(config, daemon, relay));
  RETURN_IF_ERROR(MakeReports(named, daemon, relay));
  RETURN_IF_ERROR(MakeOutbound(named, daemon, relay));
  RETURN_IF_ERROR(MakeHandoff(named, daemon, relay));
  daemon.AddReadiness("spool", [&spool = *relay.spool] { return spool.ok(); });
  daemon.AddService(admin::MakeQueueService(*relay.spool, *relay.scheduler));
  daemon.AddService(admin::MakeTransferService(*relay.spool, *relay.scheduler,
                                               daemon.clock()));
  daemon.AddService(admin::MakeRelayService(
      {.spool = *relay.spool,
       .scheduler = *relay.scheduler,
       .pool = relay.delivery->pool(),
       .drain = daemon.drain(),
       .clock = daemon.clock(),
       .reload = [&daemon] { return daemon.ReloadNow(); },
       .stop = [] { ::kill(::getpid(), SIGTERM); }}));
  daemon.OnReload<config::v1::Mta>(
      [&relay, &daemon](const config::v1::Mta& now) {
        RETURN_IF_ERROR(relay.server->Reload(now));
        RETURN_IF_ERROR(relay.delivery->Refresh());
        RETURN_IF_ERROR(relay.delivery->pool().ReloadLimits(now.smtp()));
        WatchFiles(now, daemon);
        return absl::OkStatus();
      });
  WatchFiles(named, daemon);
  RETURN_IF_ERROR(relay.server->Listen(daemon, named));
  RETURN_IF_ERROR(relay.scheduler->Start());
  if (relay.reports != nullptr) relay.reports->Start();
  return absl::OkStatus();
}

}  // namespace postern::mta
