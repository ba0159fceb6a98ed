// TLS settings shared by many connections: certificate and key, trusted
// authorities, protocol versions.
//
// Errors:  Create() returns InvalidArgument or NotFound with the file's name.
// Threads: safe to share; Reload() from any thread.
// Limits:  TLS 1.2 and later (MTA-21).

#ifndef POSTERN_LIB_NET_TLS_H_
#define POSTERN_LIB_NET_TLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace postern::net {

struct TlsOptions {
  std::string certificate_file;  // PEM, with its chain. Needed by servers.
  std::string key_file;          // PEM. Needed by servers.
  std::string ca_file;           // PEM; empty: the system's authorities.
  bool verify_peer = true;       // Clients: check chain and name.
};

class TlsContext {
 public:
  static absl::StatusOr<std::unique_ptr<TlsContext>> CreateServer(
      TlsOptions options);
  static absl::StatusOr<std::unique_ptr<TlsContext>> CreateClient(
      TlsOptions options);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // Reads the files again; connections that are open keep what they have. On
  // an error the old files stay in use.
  absl::Status Reload();

  bool verifies_peer() const;

  // For lib/net alone.
  class Context;
  explicit TlsContext(std::unique_ptr<Context> context);
  Context& context() { return *context_; }

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_H_
