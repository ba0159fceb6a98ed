// How a server speaks TLS.
//
// Threads: a value.

#ifndef POSTERN_LIB_NET_TLS_SERVER_OPTIONS_H_
#define POSTERN_LIB_NET_TLS_SERVER_OPTIONS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "lib/net/tls_ciphers.h"
#include "lib/net/tls_versions.h"

namespace postern::net {

enum class ClientCertificate {
  kNotAsked,
  kAsked,     // One that nobody vouches for is borne; the facts tell.
  kRequired,  // Without one that an authority vouches for: no connection.
};

struct TlsServerOptions {
  // PEM files with private keys, each beside its certificate and that one's
  // chain; keys of several kinds (ECDSA, RSA) may be there.
  std::vector<std::string> chain_files;
  // The same for clients that ask for a name (SNI): by host name, or
  // ".example.org" for the names below it. Others get `chain_files`.
  std::map<std::string, std::vector<std::string>> chain_files_by_name;
  TlsVersions versions;
  TlsCiphers ciphers = TlsCiphers::kMedium;  // In our order.
  ClientCertificate client_certificate = ClientCertificate::kNotAsked;
  // Authorities that vouch for clients: a PEM file and a hashed directory.
  std::string ca_file;
  std::string ca_path;
  // A session is resumed only where this is the same: the listener's name.
  std::string session_scope;
  // How long a session can be resumed; zero: never.
  absl::Duration session_lifetime = absl::Hours(1);
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_SERVER_OPTIONS_H_
