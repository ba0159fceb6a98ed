#include "lib/milter/conversation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "lib/base/status_macros.h"

namespace postern::milter {
namespace {

// What needs no reply is kept until there is so much of it.
constexpr size_t kMaxKeptBytes = 2 * kBodyChunkBytes;

}  // namespace

Conversation::Conversation(net::Stream stream, Options options)
    : stream_(std::move(stream)),
      options_(std::move(options)),
      session_(options_.macros, options_.limits, options_.version) {}

net::Task<absl::StatusOr<std::unique_ptr<Conversation>>> Conversation::Open(
    net::Stream stream, Options options, net::Deadline budget) {
  std::unique_ptr<Conversation> conversation(
      new Conversation(std::move(stream), std::move(options)));
  CO_RETURN_IF_ERROR(co_await conversation->Negotiate(budget));
  co_return conversation;
}

net::Task<absl::Status> Conversation::Negotiate(net::Deadline budget) {
  const net::Deadline deadline =
      std::min(budget, net::Deadline::After(options_.command_timeout));
  session_.AppendOffer(output_);
  CO_RETURN_IF_ERROR(co_await Flush(deadline));
  CO_ASSIGN_OR_RETURN(const Packet packet, co_await Next(deadline));
  CO_RETURN_IF_ERROR(session_.TakeAnswer(packet));
  co_return absl::OkStatus();
}

net::Task<absl::Status> Conversation::Flush(net::Deadline deadline) {
  if (output_.empty()) co_return absl::OkStatus();
  absl::Status written = co_await stream_.Write(output_, deadline);
  output_.clear();
  if (output_.capacity() > 2 * kMaxKeptBytes) output_ = std::string();
  co_return written;
}

net::Task<absl::StatusOr<Packet>> Conversation::Next(net::Deadline deadline) {
  while (true) {
    CO_ASSIGN_OR_RETURN(const std::optional<Packet> packet, reader_.Next());
    if (packet.has_value()) co_return *packet;
    CO_ASSIGN_OR_RETURN(const size_t bytes,
                        co_await stream_.Read(reader_.Space(), deadline));
    if (bytes == 0) {
      co_return absl::UnavailableError("milter: the filter has closed");
    }
    reader_.Fill(bytes);
  }
}

bool Conversation::HasUnasked() const {
  // Under TLS there is more to read than what the filter says.
  return reader_.has_partial_packet() ||
         (!stream_.is_tls() && stream_.HasInput());
}

Conversation::VerdictTask Conversation::Go(bool awaits, absl::Duration timeout,
                                           net::Deadline budget) {
  if (!awaits && output_.size() < kMaxKeptBytes) co_return Verdict();
  if (is_broken_) {
    co_return absl::UnavailableError("milter: the connection has failed");
  }
  is_broken_ = true;  // Until it has gone well.
  if (awaits) {
    CO_ASSIGN_OR_RETURN(Verdict verdict, co_await Await(timeout, budget));
    is_broken_ = false;
    co_return verdict;
  }
  const net::Deadline deadline =
      std::min(budget, net::Deadline::After(timeout));
  CO_RETURN_IF_ERROR(co_await Flush(deadline));
  is_broken_ = false;
  co_return Verdict();
}

Conversation::VerdictTask Conversation::Await(absl::Duration timeout,
                                              net::Deadline budget) {
  if (HasUnasked()) {
    co_return absl::InvalidArgumentError(
        "milter: the filter has closed, or spoken unasked");
  }
  net::Deadline deadline = std::min(budget, net::Deadline::After(timeout));
  CO_RETURN_IF_ERROR(co_await Flush(deadline));
  while (true) {
    CO_ASSIGN_OR_RETURN(const Packet packet, co_await Next(deadline));
    CO_ASSIGN_OR_RETURN(std::optional<Verdict> verdict,
                        session_.TakeReply(packet));
    if (verdict.has_value()) co_return *std::move(verdict);
    if (session_.is_in_progress()) {
      deadline = std::min(budget, net::Deadline::After(timeout));
    }
  }
}

Conversation::VerdictTask Conversation::Connect(const ConnectCommand& client,
                                                const Macros& known,
                                                net::Deadline budget) {
  return Go(session_.Connect(client, known, output_), options_.command_timeout,
            budget);
}

Conversation::VerdictTask Conversation::Helo(absl::string_view name,
                                             const Macros& known,
                                             net::Deadline budget) {
  return Go(session_.Helo(name, known, output_), options_.command_timeout,
            budget);
}

Conversation::VerdictTask Conversation::Sender(const Path& path,
                                               const Macros& known,
                                               net::Deadline budget) {
  body_.clear();
  return Go(session_.Sender(path, known, output_), options_.command_timeout,
            budget);
}

Conversation::VerdictTask Conversation::Recipient(const Path& path,
                                                  const Macros& known,
                                                  net::Deadline budget) {
  return Go(session_.Recipient(path, known, output_), options_.command_timeout,
            budget);
}

Conversation::VerdictTask Conversation::RejectedRecipient(
    const Path& path, const Macros& known, net::Deadline budget) {
  return Go(session_.RejectedRecipient(path, known, output_),
            options_.command_timeout, budget);
}

Conversation::VerdictTask Conversation::Data(const Macros& known,
                                             net::Deadline budget) {
  return Go(session_.Data(known, output_), options_.command_timeout, budget);
}

Conversation::VerdictTask Conversation::Unknown(absl::string_view line,
                                                net::Deadline budget) {
  return Go(session_.Unknown(line, output_), options_.command_timeout, budget);
}

Conversation::VerdictTask Conversation::Header(absl::string_view name,
                                               absl::string_view value,
                                               net::Deadline budget) {
  return Go(session_.Header(name, value, output_), options_.command_timeout,
            budget);
}

Conversation::VerdictTask Conversation::EndOfHeader(const Macros& known,
                                                    net::Deadline budget) {
  return Go(session_.EndOfHeader(known, output_), options_.command_timeout,
            budget);
}

Conversation::VerdictTask Conversation::Body(absl::string_view text,
                                             net::Deadline budget) {
  while (session_.wants_body() &&
         body_.size() + text.size() >= kBodyChunkBytes) {
    const size_t bytes = kBodyChunkBytes - body_.size();
    CO_ASSIGN_OR_RETURN(Verdict verdict,
                        co_await BodyChunk(text.substr(0, bytes), budget));
    if (verdict.kind != Verdict::Kind::kContinue) co_return verdict;
    text.remove_prefix(bytes);
  }
  if (session_.wants_body()) body_.append(text.data(), text.size());
  co_return Verdict();
}

Conversation::VerdictTask Conversation::BodyChunk(absl::string_view rest,
                                                  net::Deadline budget) {
  const bool awaits = session_.Body(body_, rest, output_);
  body_.clear();
  return Go(awaits, options_.command_timeout, budget);
}

net::Task<absl::StatusOr<Changes>> Conversation::EndOfMessage(
    const Macros& known, net::Deadline budget) {
  if (!body_.empty()) {
    Changes changes;
    CO_ASSIGN_OR_RETURN(changes.verdict, co_await BodyChunk("", budget));
    if (changes.verdict.kind != Verdict::Kind::kContinue) co_return changes;
  }
  if (!session_.EndOfMessage(known, output_)) co_return Changes();
  const absl::StatusOr<Verdict> verdict =
      co_await Go(true, options_.content_timeout, budget);
  CO_RETURN_IF_ERROR(verdict.status());
  co_return session_.TakeChanges();
}

void Conversation::EndMessage() {
  body_.clear();
  session_.EndMessage(output_);
}

bool Conversation::EndClient() {
  return !is_broken_ && session_.EndClient(output_);
}

net::Task<absl::Status> Conversation::Send(net::Deadline deadline) {
  absl::Status sent = co_await Flush(deadline);
  is_broken_ |= !sent.ok();
  co_return sent;
}

void Conversation::Quit() {
  if (is_broken_) return;
  ClientSession::Quit(output_);
  stream_.SayLast(output_);
  output_.clear();
}

}  // namespace postern::milter
