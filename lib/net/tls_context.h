// OpenSSL's side of TlsContext. For lib/net alone.

#ifndef POSTERN_LIB_NET_TLS_CONTEXT_H_
#define POSTERN_LIB_NET_TLS_CONTEXT_H_

#include <asio/ssl/context.hpp>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/tls.h"

namespace postern::net {

class TlsContext::Context {
 public:
  enum class Role { kServer, kClient };

  Context(Role role, TlsOptions options)
      : role_(role), options_(std::move(options)) {}

  // Reads the files and, if all is well, uses them from now on.
  absl::Status Load();

  // What a new connection uses, and keeps when Load() replaces it.
  std::shared_ptr<asio::ssl::context> Current() const {
    absl::MutexLock lock(&mutex_);
    return current_;
  }

  const TlsOptions& options() const { return options_; }

 private:
  absl::StatusOr<std::shared_ptr<asio::ssl::context>> Read() const;

  const Role role_;
  const TlsOptions options_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<asio::ssl::context> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_CONTEXT_H_
