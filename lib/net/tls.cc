#include "lib/net/tls.h"

#include <openssl/ssl.h>

#include <asio/ssl/context.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/clock.h"
#include "lib/base/status_macros.h"
#include "lib/net/tls_context.h"
#include "lib/net/tls_server.h"
#include "lib/net/tls_ticket_keys.h"

namespace postern::net {
namespace {

absl::Status FileError(const std::string& file, const std::error_code& error) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", error.message()));
}

absl::Status UseCertificate(asio::ssl::context& context,
                            const TlsOptions& options) {
  if (options.certificate_file.empty()) return absl::OkStatus();
  std::error_code error;
  context.use_certificate_chain_file(options.certificate_file, error);
  if (error) return FileError(options.certificate_file, error);
  context.use_private_key_file(options.key_file, asio::ssl::context::pem,
                               error);
  if (error) return FileError(options.key_file, error);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        options.key_file, ": is not the key of ", options.certificate_file));
  }
  return absl::OkStatus();
}

absl::Status UseAuthorities(asio::ssl::context& context,
                            const TlsOptions& options) {
  std::error_code error;
  if (options.ca_file.empty()) {
    context.set_default_verify_paths(error);
    if (error) return FileError("system certificate authorities", error);
    return absl::OkStatus();
  }
  context.load_verify_file(options.ca_file, error);
  if (error) return FileError(options.ca_file, error);
  return absl::OkStatus();
}

absl::StatusOr<TlsContext::Context::Loaded> LoadClient(
    const TlsOptions& options) {
  auto context =
      std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX* const ctx = context->native_handle();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  RETURN_IF_ERROR(UseCertificate(*context, options));
  if (options.verify_peer) {
    RETURN_IF_ERROR(UseAuthorities(*context, options));
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  }
  return TlsContext::Context::Loaded{std::move(context), {}};
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
