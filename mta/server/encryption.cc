#include "mta/server/encryption.h"

#include <algorithm>
#include <cassert>

#include "lib/base/log.h"
#include "lib/net/deadline.h"
#include "mta/limits/event.h"
#include "mta/server/transport_meters.h"

namespace postern::mta::server {

net::Task<absl::Status> Encryption::Begin() {
  assert(conversation_.reader.Buffered().empty());
  const TlsSettings& settings = conversation_.settings->tls;
  const net::Deadline deadline = std::min(
      net::Deadline::After(settings.handshake_timeout), conversation_.end);
  const absl::Status result = co_await conversation_.stream.StartTlsServer(
      *conversation_.parts.tls, deadline);
  if (result.ok()) {
    conversation_.tls =
        conversation_.stream.tls_facts(settings.fingerprint_digest);
  }
  Report(result);
  if (!result.ok() || conversation_.tls.is_resumed) co_return result;
  const bool fits = co_await conversation_.parts.budgets.Spend(
      limits::Event::kTlsHandshake, conversation_.client.address(),
      conversation_.settings->limits);
  if (!fits) {
    co_return absl::ResourceExhaustedError("too many new TLS sessions");
  }
  co_return absl::OkStatus();
}

void Encryption::Report(const absl::Status& result) const {
  const net::TlsFacts& facts = conversation_.tls;
  conversation_.parts.transport.CountHandshake(result, facts);
  if (!result.ok()) {
    log::Info("tls_failed", {{"session", conversation_.id},
                             {"client", conversation_.client.address_text()},
                             {"error", result}});
    return;
  }
  log::Info("tls_started", {{"session", conversation_.id},
                            {"client", conversation_.client.address_text()},
                            {"version", facts.version},
                            {"cipher", facts.cipher},
                            {"resumed", facts.is_resumed},
                            {"server_name", facts.server_name},
                            {"fingerprint", facts.fingerprint},
                            {"trusted", facts.is_trusted}});
}

void DescribeTls(const net::TlsFacts& facts,
                 filters::PolicyQuestion& question) {
  question.encryption_protocol = facts.version;
  question.encryption_cipher = facts.cipher;
  question.encryption_keysize = facts.cipher_bits;
  question.ccert_fingerprint = facts.fingerprint;
  question.ccert_pubkey_fingerprint = facts.pubkey_fingerprint;
  if (!facts.is_trusted) return;
  question.ccert_subject = facts.subject;
  question.ccert_issuer = facts.issuer;
}

}  // namespace postern::mta::server
