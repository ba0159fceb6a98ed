#include "lib/net/tls_connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/net/ip.h"
#include "lib/net/tls_certificate.h"

namespace postern::net {
namespace {

constexpr char kClosed[] = "the connection was closed";

}  // namespace

void TlsConnection::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsConnection::TlsConnection(std::shared_ptr<SSL_CTX> context, int fd,
                             Role role)
    : context_(std::move(context)), ssl_(SSL_new(context_.get())) {
  SSL_set_fd(ssl(), fd);
  SSL_set_mode(ssl(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One read of the socket takes a header and its record, or a whole flight.
  SSL_set_read_ahead(ssl(), 1);
  if (role == Role::kServer) {
    SSL_set_accept_state(ssl());
  } else {
    SSL_set_connect_state(ssl());
  }
}

TlsConnection::~TlsConnection() {
  if (is_open_ && !is_writing_) SSL_shutdown(ssl());
  ERR_clear_error();
}

bool TlsConnection::ExpectHost(const std::string& host, bool is_verified) {
  const bool is_name = !IpAddress::Parse(host).ok();
  if (is_name && !host.empty()) SSL_set_tlsext_host_name(ssl(), host.c_str());
  if (!is_verified) return true;
  SSL_set_hostflags(ssl(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!is_name) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl()), host.c_str()) ==
           1;
  }
  // OpenSSL takes an empty name for any.
  return !host.empty() && SSL_set1_host(ssl(), host.c_str()) == 1;
}

void TlsConnection::Begin() {
  ERR_clear_error();
  errno = 0;
}

TlsConnection::Progress TlsConnection::ProgressOf(int result) {
  const int error_number = errno;
  switch (SSL_get_error(ssl(), result)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_ZERO_RETURN:
      return Progress::kDone;
    case SSL_ERROR_WANT_READ:
      return Progress::kNeedsInput;
    case SSL_ERROR_WANT_WRITE:
      return Progress::kNeedsOutput;
    case SSL_ERROR_SYSCALL:
      return Fail(error_number == 0 ? kClosed : std::strerror(error_number));
    default:
      return Fail(TakeOpensslError());
  }
}

TlsConnection::Progress TlsConnection::Fail(std::string why) {
  failure_ = std::move(why);
  is_open_ = false;
  return Progress::kFailed;
}

TlsConnection::Progress TlsConnection::Handshake() {
  Begin();
  const int result = SSL_do_handshake(ssl());
  is_open_ = result == 1;
  if (is_open_) return Progress::kDone;
  const Progress progress = ProgressOf(result);
  if (progress == Progress::kDone) return Fail(kClosed);
  const auto verified = SSL_get_verify_result(ssl());
  if (progress == Progress::kFailed && verified != X509_V_OK) {
    absl::StrAppend(&failure_, ": ", X509_verify_cert_error_string(verified));
  }
  return progress;
}

TlsConnection::Progress TlsConnection::Read(absl::Span<char> buffer,
                                            size_t& read) {
  Begin();
  read = 0;
  return ProgressOf(SSL_read_ex(ssl(), buffer.data(), buffer.size(), &read));
}

TlsConnection::Progress TlsConnection::Write(absl::string_view& data) {
  while (!data.empty()) {
    Begin();
    size_t written = 0;
    const int result = SSL_write_ex(ssl(), data.data(), data.size(), &written);
    is_writing_ = result != 1;
    if (is_writing_) {
      const Progress progress = ProgressOf(result);
      // The peer has ended its data: it may still listen, but we cannot know.
      return progress == Progress::kDone ? Fail(kClosed) : progress;
    }
    data.remove_prefix(written);
  }
  return Progress::kDone;
}

void TlsConnection::SayLast(absl::string_view farewell) {
  if (is_open_ && !is_writing_) Write(farewell);
}

bool TlsConnection::HasInput() const {
  return SSL_has_pending(ssl_.get()) == 1;
}

}  // namespace postern::net
