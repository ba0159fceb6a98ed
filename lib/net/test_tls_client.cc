#include "lib/net/test_tls_client.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cassert>
#include <csignal>

#include "lib/net/socket_address.h"

namespace postern::net {
namespace {

constexpr int kPatienceSeconds = 30;

UniqueFd ConnectTo(const Endpoint& endpoint) {
  const SocketAddress address = SocketAddress::From(endpoint).value();
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience = {kPatienceSeconds, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  [[maybe_unused]] const int connected =
      ::connect(fd.get(), address.get(), address.size);
  assert(connected == 0);
  return fd;
}

void UseSession(SSL* ssl, const std::string& session) {
  const auto* data = reinterpret_cast<const unsigned char*>(session.data());
  SSL_SESSION* const read = d2i_SSL_SESSION(
      nullptr, &data, static_cast<long>(session.size()));  // NOLINT
  SSL_set_session(ssl, read);
  SSL_SESSION_free(read);
}

}  // namespace

TestTlsClient::TestTlsClient(const Endpoint& endpoint,
                             const TestTlsOptions& options)
    : fd_(ConnectTo(endpoint)),
      context_(SSL_CTX_new(TLS_client_method())),
      ssl_([&] {
        SSL_CTX_set_security_level(context_, 0);
        SSL_CTX_set_min_proto_version(context_, options.min_version);
        SSL_CTX_set_max_proto_version(context_, options.max_version);
        SSL_CTX_set_cipher_list(context_, options.ciphers.empty()
                                              ? "ALL:COMPLEMENTOFALL"
                                              : options.ciphers.c_str());
        if (!options.identity.key.empty()) {
          UseTestCertificate(context_, options.identity);
        }
        return SSL_new(context_);
      }()) {
  ::signal(SIGPIPE, SIG_IGN);  // The server may be gone.
  SSL_set_fd(ssl_, fd_.get());
  if (!options.server_name.empty()) {
    SSL_set_tlsext_host_name(ssl_, options.server_name.c_str());
  }
  if (!options.alpn.empty()) {
    const std::string wire =
        std::string(1, static_cast<char>(options.alpn.size())) + options.alpn;
    SSL_set_alpn_protos(ssl_,
                        reinterpret_cast<const unsigned char*>(wire.data()),
                        static_cast<unsigned>(wire.size()));
  }
  if (!options.session.empty()) UseSession(ssl_, options.session);
}

TestTlsClient::~TestTlsClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

void TestTlsClient::SendPlain(absl::string_view data) {
  [[maybe_unused]] const ssize_t n =
      ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
}

std::string TestTlsClient::ReceivePlain() {
  char buffer[4096];
  const ssize_t n = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
  return n > 0 ? std::string(buffer, n) : "";
}

bool TestTlsClient::Handshake() { return SSL_connect(ssl_) == 1; }

void TestTlsClient::Send(absl::string_view data) {
  SSL_write(ssl_, data.data(), static_cast<int>(data.size()));
}

std::string TestTlsClient::Receive() {
  char buffer[4096];
  const int n = SSL_read(ssl_, buffer, sizeof(buffer));
  return n > 0 ? std::string(buffer, n) : "";
}

std::string TestTlsClient::version() const { return SSL_get_version(ssl_); }
std::string TestTlsClient::cipher() const { return SSL_get_cipher(ssl_); }
bool TestTlsClient::is_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string TestTlsClient::server_subject() const {
  char name[256] = "";
  X509* const certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr) return "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                            name, sizeof(name));
  return name;
}

std::string TestTlsClient::session() const {
  unsigned char* data = nullptr;
  const int size = i2d_SSL_SESSION(SSL_get0_session(ssl_), &data);
  if (size <= 0) return "";
  std::string session(reinterpret_cast<const char*>(data), size);
  OPENSSL_free(data);
  return session;
}

}  // namespace postern::net
