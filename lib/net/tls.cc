#include "lib/net/tls.h"

#include <openssl/ssl.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/clock.h"
#include "lib/base/status_macros.h"
#include "lib/net/tls_certificate.h"
#include "lib/net/tls_connection.h"
#include "lib/net/tls_context.h"
#include "lib/net/tls_server.h"
#include "lib/net/tls_sessions.h"
#include "lib/net/tls_ticket_keys.h"

namespace postern::net {
namespace {

absl::Status UseAuthorities(SSL_CTX* ctx, const TlsOptions& options) {
  const std::string& file = options.ca_file;
  const std::string& path = options.ca_path;
  std::string name = "system certificate authorities";
  if (file.empty() && path.empty()) {
    if (SSL_CTX_set_default_verify_paths(ctx) == 1) return absl::OkStatus();
  } else if (!file.empty() &&
             SSL_CTX_load_verify_file(ctx, file.c_str()) != 1) {
    name = file;
  } else if (!path.empty() && SSL_CTX_load_verify_dir(ctx, path.c_str()) != 1) {
    name = path;
  } else {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": ", TakeOpensslError()));
}

absl::StatusOr<TlsContext::Context::Loaded> LoadClient(
    const TlsOptions& options) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const ctx = context.get();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (!options.certificate_file.empty()) {
    RETURN_IF_ERROR(
        UseCertificates(ctx, {options.certificate_file, options.key_file})
            .status());
  }
  if (options.verify_peer) RETURN_IF_ERROR(UseAuthorities(ctx, options));
  SSL_CTX_dane_enable(ctx);
  TlsContext::Context::Loaded loaded = {std::move(context), {}, nullptr};
  if (options.session_lifetime > absl::ZeroDuration()) {
    SSL_CTX_set_session_cache_mode(
        ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, &TlsConnection::KeepSession);
    // Sessions are worth what the authorities are that they began under.
    loaded.sessions = std::make_shared<TlsSessions>(options.session_lifetime,
                                                    Clock::System());
  }
  return loaded;
}

absl::StatusOr<std::unique_ptr<TlsContext>> MakeServer(
    TlsServerOptions options, std::shared_ptr<TlsTicketKeys> keys) {
  if (options.chain_files.empty()) {
    return absl::InvalidArgumentError("a TLS server needs chain_files");
  }
  auto context = std::make_unique<TlsContext::Context>(
      [options, keys] { return LoadServer(options, keys); },
      /*verifies_peer=*/false, keys);
  RETURN_IF_ERROR(context->Load());
  return std::make_unique<TlsContext>(std::move(context));
}

}  // namespace

absl::Status TlsContext::Context::Load() {
  ASSIGN_OR_RETURN(Loaded fresh, load_());
  absl::MutexLock lock(&mutex_);
  loaded_ = std::move(fresh);
  return absl::OkStatus();
}

TlsContext::TlsContext(std::unique_ptr<Context> context)
    : context_(std::move(context)) {}
TlsContext::~TlsContext() = default;

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::CreateServer(
    TlsServerOptions options) {
  auto keys = std::make_shared<TlsTicketKeys>(options.session_lifetime,
                                              Clock::System());
  return MakeServer(std::move(options), std::move(keys));
}

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::CreateServer(
    TlsServerOptions options, const TlsContext& before) {
  std::shared_ptr<TlsTicketKeys> keys = before.context_->keys();
  if (keys == nullptr || keys->lifetime() != options.session_lifetime) {
    return CreateServer(std::move(options));
  }
  return MakeServer(std::move(options), std::move(keys));
}

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::CreateClient(
    TlsOptions options) {
  const bool verifies_peer = options.verify_peer;
  auto context = std::make_unique<Context>(
      [options = std::move(options)] { return LoadClient(options); },
      verifies_peer, nullptr);
  RETURN_IF_ERROR(context->Load());
  return std::make_unique<TlsContext>(std::move(context));
}

absl::Status TlsContext::Reload() { return context_->Load(); }

bool TlsContext::verifies_peer() const { return context_->verifies_peer(); }

std::vector<TlsCertificate> TlsContext::certificates() const {
  return context_->Current().certificates;
}

}  // namespace postern::net
