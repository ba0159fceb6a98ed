// The gRPC server for posternctl: a program's own services, health
// (grpc.health.v1) and reflection.
//
// Access: whoever may open the Unix socket; over TCP only clients with a
// certificate of `client_ca_file`. It runs on threads of its own.
//
// Errors:  InvalidArgument: TCP without the three files; AlreadyExists or
//          Unavailable: the socket cannot be had; the text names it.
// Threads: one at a time.

#ifndef POSTERN_LIB_DAEMON_ADMIN_SERVER_H_
#define POSTERN_LIB_DAEMON_ADMIN_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/config/v1/daemon.pb.h"

namespace grpc {
class Service;
}

namespace postern::daemon {

class AdminServer {
 public:
  // Opens `endpoint` ("unix:/path" or "address:port") and serves.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(
      const config::v1::Admin& config, const std::string& endpoint,
      std::vector<std::unique_ptr<grpc::Service>> services);
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;
  // Ends calls that are still running after a second.
  ~AdminServer();

  // What the health service says from now on.
  void SetServing(bool serving);

 private:
  class Server;
  explicit AdminServer(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_ADMIN_SERVER_H_
