// TLS settings shared by many connections: certificate and key, trusted
// authorities, protocol versions.
//
// Errors:  Create...() returns InvalidArgument or NotFound with the file's
// name. Threads: safe to share; Reload() from any thread. Limits:  TLS 1.2 and
// later (MTA-21).

#ifndef POSTERN_LIB_NET_TLS_H_
#define POSTERN_LIB_NET_TLS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/tls_server_options.h"

namespace postern::net {

class TlsTicketKeys;

// How a client speaks TLS.
struct TlsOptions {
  std::string certificate_file;  // PEM, with its chain; empty: none.
  std::string key_file;          // PEM.
  // PEM, and a folder of hashed names; without both the system's authorities.
  std::string ca_file;
  std::string ca_path = {};
  bool verify_peer = true;  // Check chain and name.
  // How long a session can be taken up again (TlsPeer::session_key); zero:
  // never.
  absl::Duration session_lifetime = absl::ZeroDuration();
};

// A certificate that a server shows.
struct TlsCertificate {
  std::string name;      // The name in chain_files_by_name; empty: the default.
  absl::Time not_after;  // The earliest end in its chain.
};

class TlsContext {
 public:
  static absl::StatusOr<std::unique_ptr<TlsContext>> CreateServer(
      TlsServerOptions options);
  // As CreateServer(), to take the place of `before`, whose sessions can be
  // resumed.
  static absl::StatusOr<std::unique_ptr<TlsContext>> CreateServer(
      TlsServerOptions options, const TlsContext& before);
  static absl::StatusOr<std::unique_ptr<TlsContext>> CreateClient(
      TlsOptions options);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // Reads the files again; connections that are open keep what they have. On
  // an error the old files stay in use.
  absl::Status Reload();

  // Clients: whether the authorities are there to check a certificate, which is
  // what StartTlsClient() does where it is given no more than a name.
  bool verifies_peer() const;
  // Servers: the certificates, as they were read last.
  std::vector<TlsCertificate> certificates() const;

  // For lib/net alone.
  class Context;
  explicit TlsContext(std::unique_ptr<Context> context);
  Context& context() { return *context_; }

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_H_
