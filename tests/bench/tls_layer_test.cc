#include "tests/bench/tls_layer.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <string>

#include "gtest/gtest.h"
#include "lib/net/test_certificate.h"

namespace postern::bench {
namespace {

// A server in the same thread: answers each message with "answer".
class TestServer {
 public:
  TestServer() : context_(SSL_CTX_new(TLS_server_method())) {
    const net::TestCertificate made = net::MakeTestCertificate("relay.test");
    BIO* const pem = BIO_new_mem_buf(made.certificate.data(), -1);
    X509* const certificate = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
    BIO* const key_pem = BIO_new_mem_buf(made.key.data(), -1);
    EVP_PKEY* const key =
        PEM_read_bio_PrivateKey(key_pem, nullptr, nullptr, nullptr);
    SSL_CTX_set_num_tickets(context_, 1);
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    EVP_PKEY_free(key);
    X509_free(certificate);
    BIO_free(key_pem);
    BIO_free(pem);
  }
  ~TestServer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  void Accept() {
    SSL_free(ssl_);
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_);
    heard.clear();
  }

  // Returns what the server sends back.
  std::string Take(const std::string& wire) {
    BIO_write(SSL_get_rbio(ssl_), wire.data(), static_cast<int>(wire.size()));
    char buffer[1024];
    const int got = SSL_read(ssl_, buffer, sizeof(buffer));
    if (got > 0) {
      heard.append(buffer, got);
      SSL_write(ssl_, "answer", 6);
    }
    char* start = nullptr;
    const auto length = BIO_get_mem_data(SSL_get_wbio(ssl_), &start);
    std::string sent(start, length);
    BIO_reset(SSL_get_wbio(ssl_));
    return sent;
  }

  std::string heard;

 private:
  SSL_CTX* const context_;
  SSL* ssl_ = nullptr;
};

// Returns whether the session was a resumed one.
bool Talk(TestServer& server, TlsContext& context) {
  server.Accept();
  TlsLayer tls(context);
  std::string text;
  EXPECT_TRUE(tls.Take(server.Take(tls.Wire()), text));
  EXPECT_TRUE(tls.Take(server.Take(tls.Wire()), text));
  EXPECT_EQ(text, "");
  tls.Write("question");
  EXPECT_TRUE(tls.Take(server.Take(tls.Wire()), text));
  EXPECT_EQ(server.heard, "question");
  EXPECT_EQ(text, "answer");
  return tls.is_resumed();
}

TEST(TlsLayerTest, CarriesTextBothWays) {
  TestServer server;
  TlsContext context(false);
  EXPECT_FALSE(Talk(server, context));
}

TEST(TlsLayerTest, ResumesTheFirstSessionOverAndOverWhenItMay) {
  TestServer server;
  TlsContext context(true);
  EXPECT_FALSE(Talk(server, context));
  EXPECT_TRUE(Talk(server, context));
  EXPECT_TRUE(Talk(server, context));
}

TEST(TlsLayerTest, MakesNewHandshakesWhenItMayNotResume) {
  TestServer server;
  TlsContext context(false);
  Talk(server, context);
  EXPECT_FALSE(Talk(server, context));
}

TEST(TlsLayerTest, TellsOfAServerWithoutTls) {
  TlsContext context(false);
  TlsLayer tls(context);
  std::string text;
  EXPECT_FALSE(tls.Take("220 relay.test ESMTP\r\n", text));
}

}  // namespace
}  // namespace postern::bench
