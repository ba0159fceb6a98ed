#include "lib/daemon/admin_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"
#include "lib/net/endpoint.h"
#include "lib/net/socket_address.h"

namespace postern::daemon {
namespace {

// Few calls at a time: this is an operator's door, not a front door.
constexpr int kMaxThreads = 8;
constexpr int kMaxMessageBytes = 4 << 20;

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(
    const config::v1::Admin& config, const net::Endpoint& endpoint) {
  if (endpoint.is_unix()) return grpc::InsecureServerCredentials();
  if (config.certificate_file().empty() || config.key_file().empty() ||
      config.client_ca_file().empty()) {
    return absl::InvalidArgumentError(
        "daemon.admin.listen: TCP needs certificate_file, key_file and "
        "client_ca_file");
  }
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  ASSIGN_OR_RETURN(std::string certificate,
                   ReadFile(config.certificate_file()));
  ASSIGN_OR_RETURN(std::string key, ReadFile(config.key_file()));
  ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(config.client_ca_file()));
  options.pem_key_cert_pairs.push_back(
      {std::move(key), std::move(certificate)});
  return grpc::SslServerCredentials(options);
}

// gRPC takes over the file of a Unix socket that another program serves; ask
// first.
absl::Status RefuseLiveSocket(const net::Endpoint& endpoint) {
  ASSIGN_OR_RETURN(const net::SocketAddress address,
                   net::SocketAddress::From(endpoint));
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), address.get(), address.size) != 0) {
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(
      absl::StrCat(endpoint.ToString(), ": address already in use"));
}

}  // namespace

// Members are destroyed from the last to the first: the server before the
// services that it calls.
class AdminServer::Server {
 public:
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::unique_ptr<grpc::Server> server;
};

AdminServer::AdminServer(std::unique_ptr<Server> server)
    : server_(std::move(server)) {}

AdminServer::~AdminServer() {
  server_->server->Shutdown(std::chrono::system_clock::now() +
                            std::chrono::seconds(1));
  server_->server->Wait();
}

void AdminServer::SetServing(bool serving) {
  server_->server->GetHealthCheckService()->SetServingStatus(serving);
}

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(
    const config::v1::Admin& config, const std::string& endpoint,
    std::vector<std::unique_ptr<grpc::Service>> services) {
  ASSIGN_OR_RETURN(const net::Endpoint parsed, net::Endpoint::Parse(endpoint));
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                   Credentials(config, parsed));
  if (parsed.is_unix()) RETURN_IF_ERROR(RefuseLiveSocket(parsed));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(parsed.ToString(), credentials, &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetResourceQuota(
      grpc::ResourceQuota("admin").SetMaxThreads(kMaxThreads));
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  for (const auto& service : services) builder.RegisterService(service.get());
  auto server = std::make_unique<Server>();
  server->services = std::move(services);
  server->server = builder.BuildAndStart();
  if (server->server == nullptr) {
    return absl::UnavailableError(
        absl::StrCat(endpoint, ": cannot listen for the admin server"));
  }
  if (parsed.is_unix() &&
      ::chmod(parsed.unix_path.c_str(), config.mode()) != 0) {
    return ErrnoStatus(errno, endpoint);
  }
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(server)));
}

}  // namespace postern::daemon
