// OpenSSL's side of TlsContext. For lib/net alone.

#ifndef POSTERN_LIB_NET_TLS_CONTEXT_H_
#define POSTERN_LIB_NET_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/tls.h"
#include "lib/net/tls_sessions.h"

namespace postern::net {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSslContext>;

class TlsContext::Context {
 public:
  struct Loaded {
    std::shared_ptr<SSL_CTX> context;
    std::vector<TlsCertificate> certificates;
    std::shared_ptr<TlsSessions> sessions;  // Clients; nullptr: none are kept.
  };
  using Loader = std::function<absl::StatusOr<Loaded>()>;

  // `keys` is nullptr for clients.
  Context(Loader load, bool verifies_peer, std::shared_ptr<TlsTicketKeys> keys)
      : load_(std::move(load)),
        verifies_peer_(verifies_peer),
        keys_(std::move(keys)) {}

  // Reads the files and, if all is well, uses them from now on.
  absl::Status Load();

  // What a new connection uses, and keeps when Load() replaces it.
  Loaded Current() const {
    absl::MutexLock lock(&mutex_);
    return loaded_;
  }

  bool verifies_peer() const { return verifies_peer_; }
  const std::shared_ptr<TlsTicketKeys>& keys() const { return keys_; }

 private:
  const Loader load_;
  const bool verifies_peer_;
  const std::shared_ptr<TlsTicketKeys> keys_;
  mutable absl::Mutex mutex_;
  Loaded loaded_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_CONTEXT_H_
