#include "lib/net/tls_peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "lib/net/tls_context.h"

namespace postern::net {
namespace {

constexpr size_t kMaxRecords = 100;
constexpr int kDaneTa = 2;
constexpr int kDaneEe = 3;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

}  // namespace

std::vector<TlsaRecord> UsableTlsa(const std::vector<TlsaRecord>& records) {
  const SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_dane_enable(context.get());
  const std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context.get()));
  SSL_dane_enable(ssl.get(), "host.invalid");
  std::vector<TlsaRecord> usable;
  for (const TlsaRecord& record : records) {
    if (usable.size() == kMaxRecords) break;
    if (record.usage != kDaneTa && record.usage != kDaneEe) continue;
    const auto* data =
        reinterpret_cast<const unsigned char*>(record.data.data());
    if (SSL_dane_tlsa_add(ssl.get(), record.usage, record.selector,
                          record.matching_type, data,
                          record.data.size()) == 1) {
      usable.push_back(record);
    }
  }
  ERR_clear_error();
  return usable;
}

}  // namespace postern::net
