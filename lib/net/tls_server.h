// OpenSSL's side of a TLS server. For lib/net alone.

#ifndef POSTERN_LIB_NET_TLS_SERVER_H_
#define POSTERN_LIB_NET_TLS_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "lib/net/tls_context.h"
#include "lib/net/tls_server_options.h"
#include "lib/net/tls_ticket_keys.h"

namespace postern::net {

// Reads the files of `options` and makes what new connections use. Which
// certificate a client gets is decided when its first message is there, before
// a session is looked for: so a session of one name is nothing to another.
absl::StatusOr<TlsContext::Context::Loaded> LoadServer(
    const TlsServerOptions& options, std::shared_ptr<TlsTicketKeys> keys);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_SERVER_H_
