#include "lib/milter/serve.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/milter/libmilter_server.h"
#include "lib/milter/server.h"
#include "lib/milter/socket_name.h"
#include "lib/net/tls.h"

namespace postern::milter {
namespace {

using config::v1::MilterServer;

absl::Status Wrong(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("milter.", field, ": ", why));
}

// As they stand, or the one at the default port.
std::vector<std::string> SocketsOf(const MilterServer& config,
                                   uint16_t default_port) {
  std::vector<std::string> sockets(config.listen().begin(),
                                   config.listen().end());
  if (sockets.empty()) {
    sockets.push_back(absl::StrCat("127.0.0.1:", default_port));
  }
  return sockets;
}

absl::StatusOr<net::TlsContext*> MakeTls(daemon::Daemon& daemon,
                                         const MilterServer& config) {
  if (!config.has_tls()) return nullptr;
  net::TlsServerOptions options;
  options.chain_files.assign(config.tls().chain_files().begin(),
                             config.tls().chain_files().end());
  options.ca_file = config.tls().client_ca_file();
  if (!options.ca_file.empty()) {
    options.client_certificate = net::ClientCertificate::kRequired;
  }
  options.session_scope = "milter";
  ASSIGN_OR_RETURN(std::unique_ptr<net::TlsContext> created,
                   net::TlsContext::CreateServer(std::move(options)));
  net::TlsContext& tls = daemon.Own(std::move(created));
  for (const std::string& file : config.tls().chain_files()) {
    daemon.WatchFile(file);
  }
  if (!config.tls().client_ca_file().empty()) {
    daemon.WatchFile(config.tls().client_ca_file());
  }
  daemon.OnReload<google::protobuf::Message>(
      [&tls](const google::protobuf::Message&) { return tls.Reload(); });
  return &tls;
}

absl::Status ServePostern(daemon::Daemon& daemon, const MilterServer& config,
                          const std::vector<std::string>& sockets,
                          FilterContext& context) {
  ASSIGN_OR_RETURN(net::TlsContext * tls, MakeTls(daemon, config));
  const Server::Options options = Server::Options::FromConfig(config);
  Server& plain =
      daemon.Own(std::make_unique<Server>(options, context, daemon.drain()));
  Server& encrypted = daemon.Own(
      std::make_unique<Server>(options, context, daemon.drain(), tls));
  for (const std::string& text : sockets) {
    net::ListenOptions listen;
    ASSIGN_OR_RETURN(listen.endpoint, ParseSocketName(text));
    Server& server = listen.endpoint.is_unix() ? plain : encrypted;
    listen.backlog = static_cast<int>(config.backlog());
    listen.max_connections = config.max_connections();
    listen.unix_mode = static_cast<int>(config.socket_mode());
    listen.unix_owner = config.socket_owner();
    RETURN_IF_ERROR(daemon.Listen(std::move(listen), server).status());
  }
  return absl::OkStatus();
}

absl::Status ServeLibmilter(daemon::Daemon& daemon, const MilterServer& config,
                            const std::string& socket, FilterContext& context) {
  LibmilterServer::Options options;
  options.name = daemon.name();
  ASSIGN_OR_RETURN(options.endpoint, ParseSocketName(socket));
  options.socket_mode = static_cast<int>(config.socket_mode());
  options.socket_owner = config.socket_owner();
  options.backlog = static_cast<int>(config.backlog());
  options.idle_timeout = config::FromProto(config.idle_timeout());
  options.message_timeout = config::FromProto(config.message_timeout());
  ASSIGN_OR_RETURN(
      std::unique_ptr<LibmilterServer> started,
      LibmilterServer::Start(std::move(options), context, daemon.runtime()));
  LibmilterServer& server = daemon.Own(std::move(started));
  daemon.OnDrain([&server](absl::Duration left) { server.Stop(left); });
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckConfig(const MilterServer& config) {
  for (const std::string& text : config.listen()) {
    const absl::Status status = ParseSocketName(text).status();
    if (!status.ok()) return Wrong("listen", status.message());
  }
  if (config.has_tls() && config.tls().chain_files().empty()) {
    return Wrong("tls.chain_files", "TLS needs a certificate");
  }
  if (config.engine() != MilterServer::ENGINE_LIBMILTER) {
    return absl::OkStatus();
  }
  if (config.listen_size() > 1) {
    return Wrong("listen", "the engine libmilter has one socket");
  }
  if (config.has_tls()) return Wrong("tls", "the engine libmilter has no TLS");
  return absl::OkStatus();
}

absl::Status Serve(daemon::Daemon& daemon, const MilterServer& config,
                   uint16_t default_port, Filter& filter) {
  RETURN_IF_ERROR(CheckConfig(config));
  const std::vector<std::string> sockets = SocketsOf(config, default_port);
  Meters& meters =
      daemon.Own(std::make_unique<Meters>(daemon.name(), daemon.metrics()));
  FilterContext& context = daemon.Own(std::unique_ptr<FilterContext>(
      new FilterContext{filter, meters, config.on_failure()}));
  if (config.engine() == MilterServer::ENGINE_LIBMILTER) {
    return ServeLibmilter(daemon, config, sockets.front(), context);
  }
  return ServePostern(daemon, config, sockets, context);
}

}  // namespace postern::milter
