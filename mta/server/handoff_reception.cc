#include "mta/server/handoff_reception.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/base/log.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/keyed_digest.h"
#include "mta/server/handoff_arrival.h"
#include "mta/server/intake.h"

namespace postern::mta::server {
namespace {

using Kind = smtp::HandoffCommand::Kind;

// What relays put in front of a message, which may already be as large as it
// may be.
constexpr int64_t kTraceBytes = 1 << 20;

// An answer after which the client is heard no more.
HandoffAnswer Last(smtp::Reply reply) { return {std::move(reply), true}; }

// Keeps what comes, which is bounded by who reads.
class TextSink final : public ContentSink {
 public:
  net::Task<absl::Status> Append(absl::string_view content) override {
    text_.append(content.data(), content.size());
    co_return absl::OkStatus();
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Adds what comes to a digest and lets it go on.
class DigestSink final : public ContentSink {
 public:
  DigestSink(net::KeyedDigest& digest, ContentSink& next)
      : digest_(digest), next_(next) {}

  net::Task<absl::Status> Append(absl::string_view content) override {
    digest_.Add(content);
    if (!stored_.ok()) co_return absl::OkStatus();
    stored_ = co_await next_.Append(content);
    co_return absl::OkStatus();
  }
  // What the next one said.
  const absl::Status& stored() const { return stored_; }

 private:
  net::KeyedDigest& digest_;
  ContentSink& next_;
  absl::Status stored_;
};

}  // namespace

void HandoffReception::Reset() {
  key_.reset();
  is_proved_ = false;
}

net::Task<absl::StatusOr<HandoffAnswer>> HandoffReception::Answer() {
  const smtp::HandoffCommand command = conversation_.dialogue.command().handoff;
  switch (command.kind) {
    case Kind::kHello:
      co_return Greet(command);
    case Kind::kProof:
      co_return Prove(command);
    case Kind::kMessage:
      break;
  }
  co_return co_await Receive(command);
}

HandoffAnswer HandoffReception::Greet(const smtp::HandoffCommand& command) {
  smtp::HandoffGreeting greeting;
  greeting.server_name = conversation_.parts.spool.name();
  greeting.server_nonce = RandomBytes(smtp::kHandoffNonceBytes);
  key_.emplace(
      conversation_.settings->handoff.secret,
      smtp::HandoffKey::Session{.client_nonce = command.value,
                                .server_nonce = greeting.server_nonce,
                                .server_name = greeting.server_name,
                                .binding = conversation_.stream.tls_binding()});
  is_proved_ = false;
  number_ = 0;
  greeting.proof = key_->ServerProof();
  return {smtp::FormatGreeting(greeting)};
}

HandoffAnswer HandoffReception::Prove(const smtp::HandoffCommand& command) {
  if (!key_) {
    return Last({503, "5.5.1", "Error: send XHANDOFF HELLO first"});
  }
  is_proved_ = key_->IsClientProof(command.value);
  if (!is_proved_) {
    return Forged({535, "5.7.8", "Error: this is not our secret"});
  }
  log::Info("handoff_begun", {{"session", conversation_.id},
                              {"client", conversation_.client.address_text()}});
  return {{250, "2.7.0", "Ok"}};
}

HandoffAnswer HandoffReception::Forged(smtp::Reply reply) const {
  conversation_.parts.meters.handoff.forged.Increment();
  log::Error("handoff_forged", {{"session", conversation_.id},
                                {"client", conversation_.client.address_text()},
                                {"reply", reply.ToString()}});
  return Last(std::move(reply));
}

net::Task<absl::StatusOr<HandoffAnswer>> HandoffReception::Receive(
    const smtp::HandoffCommand& command) {
  if (!is_proved_) {
    co_return Last({530, "5.7.0", "Error: prove who you are"});
  }
  const int64_t limit =
      conversation_.settings->dialogue.message_size_limit_bytes + kTraceBytes;
  if (command.envelope_bytes > smtp::kMaxEnvelopeBytes ||
      command.content_bytes > limit) {
    co_return Last({552, "5.3.4", "Error: message too big"});
  }
  net::KeyedDigest digest = key_->BeginMessage(
      ++number_, command.envelope_bytes, command.content_bytes);
  TextSink envelope;
  DigestSink signed_envelope(digest, envelope);
  CO_RETURN_IF_ERROR(co_await Read(command.envelope_bytes, signed_envelope));
  HandoffArrival arrival(conversation_, *conversation_.parts.arrivals);
  arrival.Begin(envelope.text(), command.content_bytes);
  DigestSink content(digest, arrival.sink());
  CO_RETURN_IF_ERROR(co_await Read(command.content_bytes, content));
  TextSink signature;
  CO_RETURN_IF_ERROR(co_await Read(net::KeyedDigest::kBytes, signature));
  if (!net::SameSecret(signature.text(), digest.Finish())) {
    co_return Forged({554, "5.7.0", "Error: the signature is wrong"});
  }
  const absl::StatusOr<std::string> queue_id =
      co_await arrival.Commit(content.stored());
  HandoffAnswer answer;
  if (queue_id.ok()) {
    answer.reply = smtp::FormatReceipt(
        {*queue_id, key_->SignatureOfReceipt(number_, *queue_id)});
  } else {
    answer.reply = smtp::ReplyFor(queue_id.status());
  }
  co_return answer;
}

net::Task<absl::Status> HandoffReception::Read(int64_t bytes,
                                               ContentSink& sink) {
  net::LineReader& reader = conversation_.reader;
  const Settings& settings = *conversation_.settings;
  const auto began = std::chrono::steady_clock::now();
  int64_t received = 0;
  while (received < bytes) {
    if (reader.Buffered().empty()) {
      const absl::Duration elapsed =
          absl::FromChrono(std::chrono::steady_clock::now() - began);
      const net::Deadline deadline = std::min(
          net::Deadline::After(NextPieceWait(
              settings.timeout, settings.min_data_rate, received, elapsed)),
          conversation_.end);
      CO_ASSIGN_OR_RETURN(const size_t n, co_await conversation_.stream.Read(
                                              reader.Space(), deadline));
      if (n == 0) co_return absl::OutOfRangeError("the client hung up");
      reader.Fill(n);
    }
    const absl::string_view piece = reader.Buffered().substr(
        0,
        static_cast<size_t>(std::min(
            bytes - received, static_cast<int64_t>(reader.Buffered().size()))));
    CO_RETURN_IF_ERROR(co_await sink.Append(piece));
    received += static_cast<int64_t>(piece.size());
    reader.Consume(piece.size());
  }
  co_return absl::OkStatus();
}

}  // namespace postern::mta::server
