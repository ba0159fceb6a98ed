#include "tests/bench/tls_layer.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <array>

#include "tests/bench/event_loop.h"

namespace postern::bench {

TlsContext::TlsContext(bool resumes) : context_(SSL_CTX_new(TLS_method())) {
  if (context_ == nullptr) Die("SSL_CTX_new");
  SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
  SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  if (!resumes) return;
  SSL_CTX_set_app_data(context_, this);
  SSL_CTX_set_session_cache_mode(
      context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_, KeepSession);
}

TlsContext::~TlsContext() {
  SSL_SESSION_free(session_);
  SSL_CTX_free(context_);
}

int TlsContext::KeepSession(SSL* ssl, SSL_SESSION* session) {
  auto* self =
      static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  // A copy: OpenSSL does not resume what belongs to a connection that was cut
  // off.
  if (self->session_ == nullptr) self->session_ = SSL_SESSION_dup(session);
  return 0;
}

TlsLayer::TlsLayer(TlsContext& context)
    : ssl_(SSL_new(context.context_)),
      from_wire_(BIO_new(BIO_s_mem())),
      to_wire_(BIO_new(BIO_s_mem())) {
  if (ssl_ == nullptr || from_wire_ == nullptr || to_wire_ == nullptr) {
    Die("SSL_new");
  }
  SSL_set_bio(ssl_, from_wire_, to_wire_);
  if (context.session_ != nullptr) {
    // A copy: OpenSSL resumes one and the same session only once.
    SSL_SESSION* const copy = SSL_SESSION_dup(context.session_);
    SSL_set_session(ssl_, copy);
    SSL_SESSION_free(copy);
  }
  SSL_set_connect_state(ssl_);
  SSL_do_handshake(ssl_);
}

TlsLayer::~TlsLayer() { SSL_free(ssl_); }

bool TlsLayer::Take(absl::string_view wire, std::string& text) {
  ERR_clear_error();
  BIO_write(from_wire_, wire.data(), static_cast<int>(wire.size()));
  std::array<char, 16384> buffer;
  while (true) {
    // Goes on with the handshake as long as there is one.
    const int got = SSL_read(ssl_, buffer.data(), buffer.size());
    if (got <= 0) {
      const int why = SSL_get_error(ssl_, got);
      return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_ZERO_RETURN;
    }
    text.append(buffer.data(), got);
  }
}

void TlsLayer::Write(absl::string_view text) {
  ERR_clear_error();
  const int length = static_cast<int>(text.size());
  if (SSL_write(ssl_, text.data(), length) != length) Die("SSL_write");
}

std::string TlsLayer::Wire() {
  char* start = nullptr;
  const auto length = BIO_get_mem_data(to_wire_, &start);
  std::string wire(start, length);
  BIO_reset(to_wire_);
  return wire;
}

bool TlsLayer::is_resumed() const { return SSL_session_reused(ssl_) == 1; }

}  // namespace postern::bench
