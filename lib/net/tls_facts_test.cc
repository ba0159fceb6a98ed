#include "lib/net/tls_facts.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include "gtest/gtest.h"
#include "lib/net/test_certificate.h"

namespace postern::net {
namespace {

using std::string_literals::operator""s;

// The bindings of both ends.
struct Bindings {
  std::string server;
  std::string client;
};

// Two ends of a TLS connection in memory; facts are the server's.
TlsFacts FactsWith(const std::string& client_name,
                   const std::string& digest = "sha256",
                   Bindings* bindings = nullptr, int version = 0) {
  const TestCertificate mine = MakeTestCertificate("mx.example.org");
  const TestCertificate theirs = MakeTestCertificate(client_name);
  const auto context_of = [](const TestCertificate& identity,
                             const SSL_METHOD* method) {
    SSL_CTX* const context = SSL_CTX_new(method);
    BIO* const in = BIO_new_mem_buf(identity.certificate.data(), -1);
    X509* const certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    BIO* const key_in = BIO_new_mem_buf(identity.key.data(), -1);
    EVP_PKEY* const key =
        PEM_read_bio_PrivateKey(key_in, nullptr, nullptr, nullptr);
    SSL_CTX_use_cert_and_key(context, certificate, key, nullptr, 1);
    EVP_PKEY_free(key);
    BIO_free(key_in);
    X509_free(certificate);
    BIO_free(in);
    return context;
  };
  SSL_CTX* const server_context = context_of(mine, TLS_server_method());
  SSL_CTX* const client_context = context_of(theirs, TLS_client_method());
  SSL_CTX_set_max_proto_version(client_context, version);
  SSL_CTX_set_verify(server_context, SSL_VERIFY_PEER,
                     [](int, X509_STORE_CTX*) { return 1; });
  SSL* const server = SSL_new(server_context);
  SSL* const client = SSL_new(client_context);
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  BIO_new_bio_pair(&server_end, 0, &client_end, 0);
  SSL_set_bio(server, server_end, server_end);
  SSL_set_bio(client, client_end, client_end);
  SSL_set_tlsext_host_name(client, "mx.example.org");
  SSL_set_accept_state(server);
  SSL_set_connect_state(client);
  for (int i = 0; i < 10; ++i) {
    SSL_do_handshake(client);
    SSL_do_handshake(server);
  }
  const TlsFacts facts = FactsOf(server, digest);
  if (bindings != nullptr) *bindings = {BindingOf(server), BindingOf(client)};
  SSL_free(client);
  SSL_free(server);
  SSL_CTX_free(client_context);
  SSL_CTX_free(server_context);
  return facts;
}

TEST(TlsFactsTest, TellVersionCipherAndName) {
  const TlsFacts facts = FactsWith("client.example");
  EXPECT_EQ(facts.version, "TLSv1.3");
  EXPECT_EQ(facts.cipher, "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(facts.cipher_bits, 256);
  EXPECT_EQ(facts.algorithm_bits, 256);
  EXPECT_EQ(facts.server_name, "mx.example.org");
  EXPECT_FALSE(facts.is_resumed);
}

TEST(TlsFactsTest, TellWhoTheClientSaysThatItIs) {
  const TlsFacts facts = FactsWith("client.example");
  EXPECT_TRUE(facts.has_certificate);
  EXPECT_FALSE(facts.is_trusted) << "nobody vouches for it";
  EXPECT_EQ(facts.subject, "client.example");
  EXPECT_EQ(facts.issuer, "client.example");
  EXPECT_EQ(facts.fingerprint.size(), 32u * 3 - 1);
  EXPECT_EQ(facts.pubkey_fingerprint.size(), 32u * 3 - 1);
  EXPECT_NE(facts.fingerprint, facts.pubkey_fingerprint);
  EXPECT_EQ(FactsWith("client.example", "sha1").fingerprint.size(),
            20u * 3 - 1);
}

// MTA-34: what a certificate says goes into headers and policy requests.
TEST(TlsFactsTest, MTA34NamesThatAreNotFitToBeShownAreNone) {
  EXPECT_EQ(FactsWith("good.example\0.evil.example"s).subject, "");
  EXPECT_EQ(FactsWith("a\r\nX-Evil: b").subject, "");
  EXPECT_EQ(FactsWith("gr\xc3\xbc\xc3\x9f.example").subject,
            "gr\xc3\xbc\xc3\x9f.example");
}

TEST(TlsFactsTest, AFingerprintIsWrittenAsPostfixDoes) {
  EXPECT_EQ(FormatFingerprint("\x01\xab\xff"), "01:AB:FF");
  EXPECT_EQ(FormatFingerprint(""), "");
  EXPECT_TRUE(IsFingerprintDigest("sha256"));
  EXPECT_TRUE(IsFingerprintDigest("SHA512"));
  EXPECT_FALSE(IsFingerprintDigest("sha257"));
}

TEST(TlsFactsTest, BothEndsOfAConnectionHaveOneBindingThatNoOtherHas) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Bindings one;
    Bindings other;
    FactsWith("client.example", "sha256", &one, version);
    FactsWith("client.example", "sha256", &other, version);
    EXPECT_EQ(one.server.size(), 32u);
    EXPECT_EQ(one.server, one.client);
    EXPECT_NE(one.server, other.server);
  }
}

}  // namespace
}  // namespace postern::net
