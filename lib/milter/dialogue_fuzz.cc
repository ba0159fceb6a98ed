// Whatever a mail server sends and in whatever order: no crash, and what the
// filter was shown stays within bounds.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "lib/milter/dialogue.h"
#include "lib/net/runtime.h"

namespace {

using namespace postern::milter;  // NOLINT

void Require(bool fact) {
  if (!fact) std::abort();
}

// Requires that calls come in the order that filter.h promises.
class Watcher final : public Transaction {
 public:
  explicit Watcher(const Envelope& envelope) {
    Require(envelope.recipients.size() + envelope.rejected_recipients.size() <=
            kMaxRecipients);
    for (const Path& recipient : envelope.recipients) {
      Require(recipient.address.empty() || recipient.address.front() != 'r');
    }
  }
  void OnHeader(absl::string_view, absl::string_view) override {
    Require(!header_has_ended_);
  }
  void OnEndOfHeader() override {
    Require(!header_has_ended_);
    header_has_ended_ = true;
  }
  VerdictTask CheckHeader(postern::net::Deadline) override {
    Require(!header_has_ended_);
    co_return Verdict();
  }
  VerdictTask CheckEndOfHeader(postern::net::Deadline) override {
    Require(header_has_ended_);
    co_return Verdict();
  }
  void OnBody(absl::string_view chunk) override {
    Require(header_has_ended_ && WantsBody());
    bytes_ += chunk.size();
  }
  bool WantsBody() const override { return bytes_ < 100; }
  postern::net::Task<absl::StatusOr<Changes>> Finish(
      postern::net::Deadline) override {
    co_return Changes();
  }

 private:
  bool header_has_ended_ = false;
  size_t bytes_ = 0;
};

// Its first letter decides.
Verdict SaidOf(const Path& path) {
  switch (path.address.empty() ? ' ' : path.address.front()) {
    case 'r':
      return Verdict::Of(Verdict::Kind::kReject);
    case 'd':
      return Verdict::Of(Verdict::Kind::kDiscard);
    case 'x':
      return Verdict::Reply(250, "", "no such verdict");
    default:
      return Verdict();
  }
}

class WatchingFilter final : public Filter {
 public:
  Needs needs() const override {
    Needs needs;
    needs.may_decline = needs.may_skip_body = true;
    needs.rejected_recipients = true;
    needs.checks.sender = needs.checks.recipient = true;
    needs.checks.header = needs.checks.end_of_header = true;
    return needs;
  }
  VerdictTask CheckSender(const Envelope& envelope,
                          postern::net::Deadline) override {
    co_return SaidOf(envelope.sender);
  }
  VerdictTask CheckRecipient(const Envelope&, const Path& recipient,
                             postern::net::Deadline) override {
    co_return SaidOf(recipient);
  }
  std::unique_ptr<Transaction> Begin(const Envelope& envelope) override {
    if (envelope.sender.address.empty()) return nullptr;
    return std::make_unique<Watcher>(envelope);
  }
};

postern::net::Deadline Soon() {
  return postern::net::Deadline::After(absl::Seconds(5));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static postern::metrics::Registry* const registry =
      new postern::metrics::Registry();
  static Meters* const meters = new Meters("fuzzd", *registry);
  static postern::net::Runtime* const runtime =
      postern::net::Runtime::Create({.reactors = 1, .blocking_threads = 1})
          .value()
          .release();
  WatchingFilter filter;
  FilterContext context{filter, *meters};
  FilterSession session(context);
  Dialogue dialogue(session);
  PacketReader reader;
  std::string replies;
  for (size_t at = 0; at < size;) {
    const absl::Span<char> space = reader.Space();
    const size_t bytes = std::min(space.size(), size - at);
    std::memcpy(space.data(), data + at, bytes);
    reader.Fill(bytes);
    at += bytes;
    while (true) {
      const auto packet = reader.Next();
      if (!packet.ok()) return 0;
      if (!packet->has_value()) break;
      const auto next = dialogue.Take(**packet, replies);
      if (!next.ok() || *next == Dialogue::Next::kClose) return 0;
      if (*next == Dialogue::Next::kFinish) session.EndMessage();
      if (*next != Dialogue::Next::kCheck) continue;
      const auto step = static_cast<Command>((*packet)->letter);
      const Verdict verdict = runtime->BlockOn(session.Check(step, Soon()));
      dialogue.AppendAnswer(step, verdict, replies);
    }
  }
  return 0;
}
