#include "lib/net/test_tls_server.h"

#include <openssl/ssl.h>

#include <csignal>

namespace postern::net {

TestTlsServer::TestTlsServer(int fd, const TestCertificate& identity)
    : context_(SSL_CTX_new(TLS_server_method())), ssl_([&] {
        UseTestCertificate(context_, identity);
        return SSL_new(context_);
      }()) {
  ::signal(SIGPIPE, SIG_IGN);  // The client may be gone.
  SSL_set_fd(ssl_, fd);
}

TestTlsServer::~TestTlsServer() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

bool TestTlsServer::Handshake() { return SSL_accept(ssl_) == 1; }

bool TestTlsServer::Send(absl::string_view data) {
  return SSL_write(ssl_, data.data(), static_cast<int>(data.size())) > 0;
}

std::string TestTlsServer::Receive() {
  char buffer[4096];
  const int n = SSL_read(ssl_, buffer, sizeof(buffer));
  return n > 0 ? std::string(buffer, n) : "";
}

}  // namespace postern::net
