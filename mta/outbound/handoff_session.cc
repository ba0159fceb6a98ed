#include "mta/outbound/handoff_session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"

namespace postern::mta::outbound {
namespace {

using Kind = HandoffResult::Kind;
using CommandKind = smtp::HandoffCommand::Kind;

constexpr size_t kWriteBytes = 128 << 10;
constexpr int64_t kLeastBytesPerSecond = 256 << 10;

SessionOptions SessionOptionsFor(const HandoffOptions& options) {
  SessionOptions session;
  session.helo_name = options.helo_name;
  session.command_timeout = options.timeout;
  session.tls.level = options.tls_level;
  session.tls_context = options.tls_context;
  session.tls_timeout = options.timeout;
  return session;
}

absl::Status Refused(const smtp::Reply& reply) {
  return absl::UnavailableError(absl::StrCat("it refuses: ", reply.ToString()));
}

}  // namespace

HandoffSession::HandoffSession(net::Stream stream, HandoffOptions options,
                               std::string relay)
    : options_(std::move(options)),
      session_(std::move(stream), SessionOptionsFor(options_),
               std::move(relay)) {}

net::Task<absl::StatusOr<std::unique_ptr<HandoffSession>>> HandoffSession::Open(
    net::Endpoint peer, HandoffOptions options) {
  const std::string relay = peer.ToString();
  absl::StatusOr<net::Stream> stream = co_await net::Connect(
      std::move(peer), net::Deadline::After(options.timeout));
  if (!stream.ok()) co_return stream.status();
  std::unique_ptr<HandoffSession> session(
      new HandoffSession(*std::move(stream), std::move(options), relay));
  const std::optional<queue::Outcome> refusal =
      co_await session->session_.Open();
  if (refusal) co_return absl::UnavailableError(refusal->reply);
  const absl::Status proved = co_await session->Prove();
  if (!proved.ok()) {
    co_await session->Quit();
    co_return absl::Status(proved.code(),
                           absl::StrCat(relay, ": ", proved.message()));
  }
  co_return session;
}

net::Task<absl::Status> HandoffSession::Prove() {
  if (!session_.extensions().xhandoff) {
    co_return absl::UnavailableError("it does not offer XHANDOFF to us");
  }
  const std::string nonce = RandomBytes(smtp::kHandoffNonceBytes);
  const std::string hello =
      smtp::FormatHandoff({.kind = CommandKind::kHello, .value = nonce});
  CO_ASSIGN_OR_RETURN(const smtp::Reply answer,
                      co_await session_.Exchange(hello, options_.timeout));
  const std::optional<smtp::HandoffGreeting> greeting =
      smtp::ParseGreeting(answer);
  if (!greeting) co_return Refused(answer);
  if (greeting->server_name == options_.own_spool) {
    co_return absl::AbortedError("it is this relay itself");
  }
  const std::string binding = session_.stream().tls_binding();
  if (options_.tls_level != TlsLevel::kNone && is_tls() && binding.empty()) {
    co_return absl::UnavailableError("its TLS proves nothing");
  }
  key_.emplace(options_.secret,
               smtp::HandoffKey::Session{.client_nonce = nonce,
                                         .server_nonce = greeting->server_nonce,
                                         .server_name = greeting->server_name,
                                         .binding = binding});
  if (!key_->IsServerProof(greeting->proof)) {
    co_return absl::UnavailableError("it does not know our secret");
  }
  const std::string proof = smtp::FormatHandoff(
      {.kind = CommandKind::kProof, .value = key_->ClientProof()});
  CO_ASSIGN_OR_RETURN(const smtp::Reply taken,
                      co_await session_.Exchange(proof, options_.timeout));
  if (taken.code != 250) co_return Refused(taken);
  co_return absl::OkStatus();
}

HandoffResult HandoffSession::Broken(Kind kind, const absl::Status& why) {
  is_in_step_ = false;
  return {kind, absl::StrCat(session_.relay(), ": ", why.message())};
}

net::Task<HandoffResult> HandoffSession::Give(
    const spool::v1::Envelope& envelope, const queue::Content& content,
    absl::Duration limit) {
  const std::string bytes = envelope.SerializeAsString();
  const auto envelope_bytes = static_cast<int64_t>(bytes.size());
  const absl::Duration timeout = std::min(
      limit, options_.timeout +
                 absl::Seconds(content.size_bytes() / kLeastBytesPerSecond));
  net::KeyedDigest digest =
      key_->BeginMessage(++number_, envelope_bytes, content.size_bytes());
  digest.Add(bytes);
  out_ = smtp::FormatHandoff({.kind = CommandKind::kMessage,
                              .envelope_bytes = envelope_bytes,
                              .content_bytes = content.size_bytes()});
  out_ += bytes;
  const absl::Status sent = co_await SendAllButTheEnd(content, digest, timeout);
  // Without the signature the peer must forget what it got.
  if (absl::IsDataLoss(sent)) co_return Broken(Kind::kDamaged, sent);
  if (!sent.ok()) co_return Broken(Kind::kLost, sent);
  out_ += digest.Finish();
  const absl::StatusOr<smtp::Reply> answer =
      co_await session_.Exchange(out_, timeout);
  if (!answer.ok()) co_return Broken(Kind::kDoubtful, answer.status());
  const std::optional<smtp::HandoffReceipt> receipt =
      smtp::ParseReceipt(*answer);
  if (receipt) {
    if (net::SameSecret(receipt->signature,
                        key_->SignatureOfReceipt(number_, receipt->queue_id))) {
      co_return HandoffResult{Kind::kAccepted, receipt->queue_id};
    }
    co_return Broken(Kind::kDoubtful,
                     absl::UnavailableError("its receipt is not signed"));
  }
  // It reads no more after any of these.
  if (answer->kind() != 4 || answer->code == 421) is_in_step_ = false;
  co_return HandoffResult{
      Kind::kRefused,
      absl::StrCat(session_.relay(), " refuses: ", answer->ToString())};
}

net::Task<absl::Status> HandoffSession::SendAllButTheEnd(
    const queue::Content& content, net::KeyedDigest& digest,
    absl::Duration timeout) {
  int64_t bytes = 0;
  for (int i = 0; i < content.pieces(); ++i) {
    CO_ASSIGN_OR_RETURN(const std::string piece, content.Piece(i));
    bytes += static_cast<int64_t>(piece.size());
    digest.Add(piece);
    out_ += piece;
    if (out_.size() < kWriteBytes) continue;
    CO_RETURN_IF_ERROR(co_await session_.Write(out_, timeout));
    out_.clear();
  }
  if (bytes != content.size_bytes()) {
    co_return absl::DataLossError("the queued message is not whole");
  }
  co_return absl::OkStatus();
}

}  // namespace postern::mta::outbound
