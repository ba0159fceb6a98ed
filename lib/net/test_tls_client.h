// A TLS client for tests that can do what a good one would not: offer old
// versions and bad ciphers, ask for any name, keep a session for another
// server. It blocks; it trusts every server.

#ifndef POSTERN_LIB_NET_TEST_TLS_CLIENT_H_
#define POSTERN_LIB_NET_TEST_TLS_CLIENT_H_

#include <openssl/types.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/base/unique_fd.h"
#include "lib/net/endpoint.h"
#include "lib/net/test_certificate.h"

namespace postern::net {

struct TestTlsOptions {
  std::string server_name;  // SNI; empty: none.
  std::string ciphers;      // Of TLS 1.2 and before; empty: all that exist.
  int min_version = 0;      // TLS1_1_VERSION …; 0: any.
  int max_version = 0;
  std::string alpn;          // A protocol to offer.
  TestCertificate identity;  // The client's own; empty: none.
  std::string session;       // What session() of another client returned.
};

class TestTlsClient {
 public:
  // Connects; nothing is sent before Handshake().
  TestTlsClient(const Endpoint& endpoint, const TestTlsOptions& options);
  TestTlsClient(const TestTlsClient&) = delete;
  TestTlsClient& operator=(const TestTlsClient&) = delete;
  ~TestTlsClient();

  // Sends and receives in the clear, before the handshake.
  void SendPlain(absl::string_view data);
  std::string ReceivePlain();

  // Tells whether the handshake succeeds as far as the client sees: with TLS
  // 1.3 the server may still refuse, which Receive() shows.
  bool Handshake();
  void Send(absl::string_view data);
  // What comes next; empty: the end, or an error.
  std::string Receive();

  // After the handshake.
  std::string version() const;
  std::string cipher() const;
  std::string server_subject() const;
  bool is_resumed() const;
  // The session to resume; with TLS 1.3 only once something was received.
  std::string session() const;

 private:
  UniqueFd fd_;
  SSL_CTX* const context_;
  SSL* const ssl_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TEST_TLS_CLIENT_H_
