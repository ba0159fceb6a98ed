// The server's end of a TLS connection for tests: it blocks.

#ifndef POSTERN_LIB_NET_TEST_TLS_SERVER_H_
#define POSTERN_LIB_NET_TEST_TLS_SERVER_H_

#include <openssl/types.h>

#include <string>

#include "absl/strings/string_view.h"
#include "lib/net/test_certificate.h"

namespace postern::net {

class TestTlsServer {
 public:
  // `fd` is connected and stays the caller's.
  TestTlsServer(int fd, const TestCertificate& identity);
  TestTlsServer(const TestTlsServer&) = delete;
  TestTlsServer& operator=(const TestTlsServer&) = delete;
  ~TestTlsServer();

  bool Handshake();
  bool Send(absl::string_view data);
  // Empty: the client has left.
  std::string Receive();

 private:
  SSL_CTX* const context_;
  SSL* const ssl_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TEST_TLS_SERVER_H_
