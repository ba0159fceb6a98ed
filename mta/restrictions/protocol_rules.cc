#include "mta/restrictions/protocol_rules.h"

#include <memory>
#include <string>

namespace postern::mta::restrictions {
namespace {

class RejectUnauthPipelining final : public Rule {
 public:
  net::Task<Outcome> Ask(const Facts& facts,
                         const Subject& subject) const override {
    if (!facts.has_improper_pipelining) co_return Outcome::Dunno();
    co_return Outcome::Refuse(
        Rejected(503, "5.5.0", subject,
                 "Improper use of SMTP command pipelining"),
        Reason::kProtocol);
  }
  bool needs_client_name() const override { return false; }
};

class RejectMultiRecipientBounce final : public Rule {
 public:
  explicit RejectMultiRecipientBounce(int code) : code_(code) {}

  net::Task<Outcome> Ask(const Facts& facts,
                         const Subject& subject) const override {
    const bool is_final =
        facts.stage == Stage::kData || facts.stage == Stage::kEndOfData;
    // At RCPT there are those before it.
    const uint64_t allowed = is_final ? 1 : 0;
    if (!facts.sender || !facts.sender->is_null() ||
        facts.question.recipient_count <= allowed) {
      co_return Outcome::Dunno();
    }
    co_return Outcome::Refuse(
        Rejected(code_, "5.5.3", subject, "Multi-recipient bounce"),
        Reason::kProtocol);
  }
  bool needs_client_name() const override { return false; }

 private:
  const int code_;
};

class RejectPlaintextSession final : public Rule {
 public:
  explicit RejectPlaintextSession(int code) : code_(code) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    if (facts.is_encrypted) co_return Outcome::Dunno();
    co_return Outcome::Refuse({code_, code_ >= 500 ? "5.7.1" : "4.7.1",
                               "Session encryption is required"},
                              Reason::kProtocol);
  }
  bool needs_client_name() const override { return false; }

 private:
  const int code_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakeBounce(const std::string&,
                                                 const RuleContext& context) {
  return std::make_unique<RejectMultiRecipientBounce>(
      context.config.multi_recipient_bounce_reject_code());
}

absl::StatusOr<std::unique_ptr<Rule>> MakePlaintext(
    const std::string&, const RuleContext& context) {
  return std::make_unique<RejectPlaintextSession>(
      context.config.plaintext_reject_code());
}

constexpr RuleName kNames[] = {
    {"reject_unauth_pipelining", Argument::kNone,
     MakePlain<RejectUnauthPipelining>},
    {"reject_multi_recipient_bounce", Argument::kNone, MakeBounce},
    {"reject_plaintext_session", Argument::kNone, MakePlaintext},
};

}  // namespace

absl::Span<const RuleName> ProtocolRules() { return kNames; }

}  // namespace postern::mta::restrictions
