#include "lib/net/tls_server.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/status_macros.h"
#include "lib/net/tls_certificate.h"

namespace postern::net {
namespace {

constexpr char kHighCiphers[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:"
    "!aNULL:!eNULL:!PSK:!SRP:!DSS";
constexpr char kMediumCiphers[] =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:"
    "!AESCCM:!aNULL:!eNULL:!PSK:!SRP:!DSS";
// RFC 7301; other protocols' clients are turned away (ALPACA).
constexpr absl::string_view kAlpn = "smtp";
// RFC 1035 section 2.3.4.
constexpr size_t kMaxNameBytes = 255;

// The contexts of all names; connections keep it alive.
struct Contexts {
  std::shared_ptr<TlsTicketKeys> keys;
  SslContext base{SSL_CTX_new(TLS_server_method())};
  std::map<std::string, SslContext, std::less<>> named;

  // The context for the name that a client asks for.
  SSL_CTX* For(absl::string_view name);
};

SSL_CTX* Contexts::For(absl::string_view name) {
  if (name.size() > kMaxNameBytes) return base.get();
  const std::string lower = absl::AsciiStrToLower(name);
  absl::string_view key = lower;
  while (!key.empty()) {
    const auto found = named.find(std::string(key));
    if (found != named.end()) return found->second.get();
    key.remove_prefix(1);
    key.remove_prefix(std::min(key.find('.'), key.size()));
  }
  return base.get();
}

// Where a context leads to its Contexts.
int ContextsIndex() {
  static const int index =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// The name in a server_name extension (RFC 6066 section 3); empty: none that
// can be understood.
absl::string_view NameIn(absl::string_view extension) {
  const auto number = [&extension](size_t at) {
    return static_cast<size_t>(static_cast<uint8_t>(extension[at])) << 8 |
           static_cast<uint8_t>(extension[at + 1]);
  };
  // List length, type (0: a host name), length, the name.
  if (extension.size() < 5 || number(0) != extension.size() - 2) return "";
  if (extension[2] != 0) return "";
  if (number(3) > extension.size() - 5) return "";
  return extension.substr(5, number(3));
}

int ChooseContext(SSL* ssl, int* /*alert*/, void* contexts) {
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) !=
      1) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  const absl::string_view name =
      NameIn({reinterpret_cast<const char*>(data), size});
  SSL_set_SSL_CTX(ssl, static_cast<Contexts*>(contexts)->For(name));
  return SSL_CLIENT_HELLO_SUCCESS;
}

int ChooseProtocol(SSL* /*ssl*/, const unsigned char** out,
                   unsigned char* out_size, const unsigned char* in,
                   unsigned in_size, void* /*unused*/) {
  absl::string_view offered(reinterpret_cast<const char*>(in), in_size);
  while (!offered.empty()) {
    const size_t size = static_cast<uint8_t>(offered.front());
    offered.remove_prefix(1);
    const absl::string_view one = offered.substr(0, size);
    if (one == kAlpn) {
      *out = reinterpret_cast<const unsigned char*>(one.data());
      *out_size = static_cast<unsigned char>(one.size());
      return SSL_TLSEXT_ERR_OK;
    }
    offered.remove_prefix(one.size());
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Lets every certificate pass; whether somebody vouches for it is remembered.
int BearAnyCertificate(int /*is_good*/, X509_STORE_CTX* /*chain*/) { return 1; }

bool SetKeys(const TlsTicketKeys::Key& key, const unsigned char* iv,
             EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool is_sealing) {
  std::array<uint8_t, 32> mac_key = key.mac_key;
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key.data(),
                                        mac_key.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_CipherInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher_key.data(),
                            iv, is_sealing ? 1 : 0, nullptr) == 1 &&
         EVP_MAC_CTX_set_params(mac, params) == 1;
}

// Returns -1: error, 0: no such key, 1: done, 2: done, but give a new ticket.
int SealTicket(SSL* ssl, unsigned char* name, unsigned char* iv,
               EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_sealing) {
  TlsTicketKeys& keys =
      *static_cast<Contexts*>(
           SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ContextsIndex()))
           ->keys;
  if (is_sealing != 0) {
    const TlsTicketKeys::Key key = keys.Current();
    std::copy(key.name.begin(), key.name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) {
      return -1;
    }
    return SetKeys(key, iv, cipher, mac, true) ? 1 : -1;
  }
  std::array<uint8_t, 16> wanted;
  std::copy(name, name + wanted.size(), wanted.begin());
  const auto found = keys.Find(wanted);
  if (!found) return 0;
  if (!SetKeys(found->key, iv, cipher, mac, false)) return -1;
  return found->is_old ? 2 : 1;
}

// What a session must have in common with the context that resumes it.
std::string SessionScope(const TlsServerOptions& options,
                         absl::string_view name) {
  const std::string text =
      absl::StrCat(options.session_scope, "\n", name, "\n",
                   static_cast<int>(options.client_certificate), "\n",
                   options.ca_file, "\n", options.ca_path);
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

absl::Status UseAuthorities(SSL_CTX* ctx, const TlsServerOptions& options) {
  if (!options.ca_file.empty()) {
    if (SSL_CTX_load_verify_file(ctx, options.ca_file.c_str()) != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(options.ca_file, ": ", TakeOpensslError()));
    }
    // Tells clients whose certificates are wanted.
    SSL_CTX_set_client_CA_list(
        ctx, SSL_load_client_CA_file(options.ca_file.c_str()));
  }
  if (!options.ca_path.empty() &&
      SSL_CTX_load_verify_dir(ctx, options.ca_path.c_str()) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.ca_path, ": ", TakeOpensslError()));
  }
  return absl::OkStatus();
}

absl::Status AskForCertificates(SSL_CTX* ctx, const TlsServerOptions& options) {
  switch (options.client_certificate) {
    case ClientCertificate::kNotAsked:
      return absl::OkStatus();
    case ClientCertificate::kAsked:
      SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, &BearAnyCertificate);
      break;
    case ClientCertificate::kRequired:
      SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                         nullptr);
      break;
  }
  return UseAuthorities(ctx, options);
}

void SetProtocol(SSL_CTX* ctx, const TlsServerOptions& options) {
  SSL_CTX_set_min_proto_version(
      ctx, options.versions.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(
      ctx, options.versions.tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_dh_auto(ctx, 1);
  SSL_CTX_set_cipher_list(ctx, options.ciphers == TlsCiphers::kHigh
                                   ? kHighCiphers
                                   : kMediumCiphers);
  SSL_CTX_set_alpn_select_cb(ctx, &ChooseProtocol, nullptr);
}

void SetSessions(SSL_CTX* ctx, const TlsServerOptions& options,
                 absl::string_view name) {
  const std::string scope = SessionScope(options, name);
  SSL_CTX_set_session_id_context(
      ctx, reinterpret_cast<const unsigned char*>(scope.data()),
      static_cast<unsigned>(scope.size()));
  // Tickets alone: the server keeps no sessions.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  if (options.session_lifetime <= absl::ZeroDuration()) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx, 0);
    return;
  }
  SSL_CTX_set_num_tickets(ctx, 1);
  SSL_CTX_set_timeout(ctx, absl::ToInt64Seconds(options.session_lifetime));
  SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, &SealTicket);
}

// Makes `ctx` the one for `name`; returns when its certificate ends.
absl::StatusOr<absl::Time> Prepare(SSL_CTX* ctx, Contexts* contexts,
                                   const TlsServerOptions& options,
                                   absl::string_view name,
                                   const std::vector<std::string>& files) {
  SSL_CTX_set_ex_data(ctx, ContextsIndex(), contexts);
  SetProtocol(ctx, options);
  SetSessions(ctx, options, name);
  RETURN_IF_ERROR(AskForCertificates(ctx, options));
  return UseCertificates(ctx, files);
}

}  // namespace

absl::StatusOr<TlsContext::Context::Loaded> LoadServer(
    const TlsServerOptions& options, std::shared_ptr<TlsTicketKeys> keys) {
  const auto contexts = std::make_shared<Contexts>();
  contexts->keys = std::move(keys);
  SSL_CTX* const base = contexts->base.get();
  TlsContext::Context::Loaded loaded;
  ASSIGN_OR_RETURN(const absl::Time end, Prepare(base, contexts.get(), options,
                                                 "", options.chain_files));
  loaded.certificates.push_back({"", end});
  for (const auto& [name, files] : options.chain_files_by_name) {
    SslContext context(SSL_CTX_new(TLS_server_method()));
    ASSIGN_OR_RETURN(
        const absl::Time named_end,
        Prepare(context.get(), contexts.get(), options, name, files));
    loaded.certificates.push_back({name, named_end});
    contexts->named[absl::AsciiStrToLower(name)] = std::move(context);
  }
  SSL_CTX_set_client_hello_cb(base, &ChooseContext, contexts.get());
  loaded.context = std::shared_ptr<SSL_CTX>(contexts, base);
  return loaded;
}

}  // namespace postern::net
