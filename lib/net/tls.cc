#include "lib/net/tls.h"

#include <openssl/ssl.h>

#include <asio/ssl/context.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/net/tls_context.h"

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

}  // namespace

absl::Status TlsContext::Context::Load() {
  ASSIGN_OR_RETURN(std::shared_ptr<asio::ssl::context> fresh, Read());
  absl::MutexLock lock(&mutex_);
  current_ = std::move(fresh);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<asio::ssl::context>> TlsContext::Context::Read()
    const {
  auto context = std::make_shared<asio::ssl::context>(
      role_ == Role::kServer ? asio::ssl::context::tls_server
                             : asio::ssl::context::tls_client);
  SSL_CTX* const ctx = context->native_handle();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  RETURN_IF_ERROR(UseCertificate(*context, options_));
  if (role_ == Role::kClient && options_.verify_peer) {
    RETURN_IF_ERROR(UseAuthorities(*context, options_));
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  }
  return context;
}

TlsContext::TlsContext(std::unique_ptr<Context> context)
    : context_(std::move(context)) {}
TlsContext::~TlsContext() = default;

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::CreateServer(
    TlsOptions options) {
  if (options.certificate_file.empty() || options.key_file.empty()) {
    return absl::InvalidArgumentError(
        "a TLS server needs certificate_file and key_file");
  }
  auto context =
      std::make_unique<Context>(Context::Role::kServer, std::move(options));
  RETURN_IF_ERROR(context->Load());
  return std::make_unique<TlsContext>(std::move(context));
}

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::CreateClient(
    TlsOptions options) {
  auto context =
      std::make_unique<Context>(Context::Role::kClient, std::move(options));
  RETURN_IF_ERROR(context->Load());
  return std::make_unique<TlsContext>(std::move(context));
}

absl::Status TlsContext::Reload() { return context_->Load(); }

bool TlsContext::verifies_peer() const {
  return context_->options().verify_peer;
}

}  // namespace postern::net
