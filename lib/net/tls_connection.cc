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
constexpr char kHighCiphers[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:"
    "!aNULL:!eNULL:!PSK:!SRP:!DSS";

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

bool TlsConnection::Expect(const TlsPeer& peer) {
  if (!peer.versions.tls12) SSL_set_min_proto_version(ssl(), TLS1_3_VERSION);
  if (!peer.versions.tls13) SSL_set_max_proto_version(ssl(), TLS1_2_VERSION);
  if (peer.ciphers == TlsCiphers::kHigh) {
    SSL_set_cipher_list(ssl(), kHighCiphers);
  }
  if (!peer.server_name.empty() && !IpAddress::Parse(peer.server_name).ok()) {
    SSL_set_tlsext_host_name(ssl(), peer.server_name.c_str());
  }
  wants_proof_ = peer.proof != TlsPeer::Proof::kNone;
  if (!wants_proof_) return true;
  SSL_set_verify(ssl(), peer.is_lenient ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                 nullptr);
  SSL_set_hostflags(ssl(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return peer.proof == TlsPeer::Proof::kTlsa ? ExpectTlsa(peer)
                                             : ExpectName(peer);
}

// OpenSSL takes an empty name, and no name, for any.
bool TlsConnection::ExpectName(const TlsPeer& peer) {
  if (peer.names.empty()) return false;
  const std::string& first = peer.names.front();
  if (peer.names.size() == 1 && IpAddress::Parse(first).ok()) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl()),
                                         first.c_str()) == 1;
  }
  for (const std::string& name : peer.names) {
    if (name.empty() || SSL_add1_host(ssl(), name.c_str()) != 1) return false;
  }
  return true;
}

bool TlsConnection::ExpectTlsa(const TlsPeer& peer) {
  if (peer.names.empty() || peer.names.front().empty() || peer.tlsa.empty() ||
      SSL_dane_enable(ssl(), peer.names.front().c_str()) != 1) {
    return false;
  }
  // RFC 7672 section 3.1.1: with DANE-EE neither name nor dates count.
  SSL_dane_set_flags(ssl(), DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  for (size_t i = 1; i < peer.names.size(); ++i) {
    if (SSL_add1_host(ssl(), peer.names[i].c_str()) != 1) return false;
  }
  bool is_added = false;
  for (const TlsaRecord& record : peer.tlsa) {
    const auto* data =
        reinterpret_cast<const unsigned char*>(record.data.data());
    is_added |=
        SSL_dane_tlsa_add(ssl(), record.usage, record.selector,
                          record.matching_type, data, record.data.size()) == 1;
  }
  return is_added;
}

void TlsConnection::UseSessions(std::shared_ptr<TlsSessions> sessions,
                                std::string key) {
  const std::string bytes = sessions->Get(key);
  sessions_ = std::move(sessions);
  session_key_ = std::move(key);
  SSL_set_app_data(ssl(), this);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  if (bytes.empty()) return;
  SSL_SESSION* const session =
      d2i_SSL_SESSION(nullptr, &data, static_cast<long>(bytes.size()));
  if (session != nullptr) SSL_set_session(ssl(), session);
  SSL_SESSION_free(session);
}

int TlsConnection::KeepSession(SSL* ssl, SSL_SESSION* session) {
  auto* const self = static_cast<TlsConnection*>(SSL_get_app_data(ssl));
  if (self == nullptr) return 0;
  const int size = i2d_SSL_SESSION(session, nullptr);
  if (size <= 0) return 0;
  std::string bytes(size, '\0');
  auto* data = reinterpret_cast<unsigned char*>(bytes.data());
  i2d_SSL_SESSION(session, &data);
  self->sessions_->Put(self->session_key_, std::move(bytes));
  return 0;  // The session stays OpenSSL's.
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

TlsFault TlsConnection::fault() const {
  // OpenSSL looks at certificates also where they do not count.
  switch (wants_proof_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK) {
    case X509_V_OK:
      return is_open_ ? TlsFault::kNone : TlsFault::kHandshake;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsFault::kHostMismatch;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsFault::kExpired;
    case X509_V_ERR_DANE_NO_MATCH:
      return TlsFault::kTlsaMismatch;
    default:
      return TlsFault::kNotTrusted;
  }
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

bool TlsConnection::HasEnded() {
  if (!is_open_) return true;
  Begin();
  char first;
  const int result = SSL_peek(ssl(), &first, 1);
  return result <= 0 && ProgressOf(result) != Progress::kNeedsInput;
}

}  // namespace postern::net
