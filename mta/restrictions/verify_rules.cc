#include "mta/restrictions/verify_rules.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "mta/restrictions/verify.h"

namespace postern::mta::restrictions {
namespace {

constexpr size_t kMaxTextBytes = 250;

VerifyOptions OptionsFrom(const config::v1::Mta& config) {
  VerifyOptions options;
  VerifyTimes& times = options.times;
  times.positive_expire =
      config::FromProto(config.address_verify_positive_expire_time());
  times.positive_refresh =
      config::FromProto(config.address_verify_positive_refresh_time());
  times.negative_expire =
      config::FromProto(config.address_verify_negative_expire_time());
  times.negative_refresh =
      config::FromProto(config.address_verify_negative_refresh_time());
  times.negative_cache = config.address_verify_negative_cache();
  options.poll_count = config.address_verify_poll_count();
  options.poll_delay = config::FromProto(config.address_verify_poll_delay());
  options.pending_request_limit = config.address_verify_pending_request_limit();
  options.probe_rate_limit = config.address_verify_probe_rate_limit();
  return options;
}

// What differs between senders and recipients.
struct Side {
  absl::string_view status;  // Of a refusal.
  Subject (*subject)(const Facts& facts);
  const std::optional<mail::Address>& (*address)(const Facts& facts);
  AddressClass (*address_class)(const Facts& facts);
  const std::optional<rewriting::Unlisted>& (*unlisted)(const Facts& facts);
};

constexpr Side kSender = {
    .status = "4.1.7",
    .subject = SenderSubject,
    .address = [](const Facts& f) -> const std::optional<mail::Address>& {
      return f.sender;
    },
    .address_class = [](const Facts& f) { return f.sender_class; },
    .unlisted =
        [](const Facts& f) -> const std::optional<rewriting::Unlisted>& {
      return f.sender_unlisted;
    }};
constexpr Side kRecipient = {
    .status = "4.1.1",
    .subject = RecipientSubject,
    .address = [](const Facts& f) -> const std::optional<mail::Address>& {
      return f.recipient;
    },
    .address_class = [](const Facts& f) { return f.recipient_class; },
    .unlisted =
        [](const Facts& f) -> const std::optional<rewriting::Unlisted>& {
      return f.recipient_unlisted;
    }};

// Whether our own tables say who exists: they have been looked at.
bool IsKnownHere(AddressClass address_class) {
  return address_class != AddressClass::kRelay &&
         address_class != AddressClass::kElsewhere;
}

// The fields are unverified_sender_* or unverified_recipient_*.
struct Replies {
  int reject_code = 450;
  int defer_code = 450;
  std::string reject_reason;
  bool defer_at_once = false;  // tempfail_action.
};

absl::Status CheckCode(absl::string_view field, int code) {
  if (code == 250 || (code >= 400 && code <= 599)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", code, " is not 250 or from 400 to 599"));
}

// `usual` is reject_tempfail_action.
absl::Status ReadAction(absl::string_view field, absl::string_view action,
                        absl::string_view usual, Replies& replies) {
  if (action.empty()) action = usual;
  replies.defer_at_once = absl::EqualsIgnoreCase(action, "defer");
  if (replies.defer_at_once ||
      absl::EqualsIgnoreCase(action, "defer_if_permit")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": \"", Printable(action), "\" is not defer_if_permit or defer"));
}

class RejectUnverified final : public Rule {
 public:
  // `verifier` must outlive it; null: it is only good for checking.
  RejectUnverified(const Side& side, VerifyOptions options, Replies replies,
                   std::string probe_sender, AddressVerifier* verifier)
      : side_(side),
        options_(std::move(options)),
        replies_(std::move(replies)),
        probe_sender_(std::move(probe_sender)),
        verifier_(verifier) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    const std::optional<mail::Address>& address = side_.address(facts);
    if (!address || address->is_null() || IsProbeSender(*address)) {
      co_return Outcome::Dunno();
    }
    VerifyResult result;
    if (const std::optional<rewriting::Unlisted>& unlisted =
            side_.unlisted(facts)) {
      result = {Deliverability::kUndeliverable, unlisted->text};
    } else if (IsKnownHere(side_.address_class(facts))) {
      co_return Outcome::Dunno();
    } else if (verifier_ == nullptr) {
      co_return Outcome::Misconfigured();
    } else {
      result = co_await verifier_->Verify(KeyOf(*address), options_);
    }
    co_return OutcomeOf(result, facts);
  }

  bool needs_client_name() const override { return false; }

 private:
  // Domains are the same in any case, local parts need not be.
  static std::string KeyOf(const mail::Address& address) {
    mail::Address key = address;
    absl::AsciiStrToLower(&key.domain);
    return key.ToString();
  }

  bool IsProbeSender(const mail::Address& address) const {
    return absl::EqualsIgnoreCase(address.ToString(), probe_sender_);
  }

  Outcome OutcomeOf(const VerifyResult& result, const Facts& facts) const {
    if (result.deliverability == Deliverability::kDeliverable) {
      return Outcome::Dunno();
    }
    const bool is_final =
        result.deliverability == Deliverability::kUndeliverable;
    const int code = is_final ? replies_.reject_code : replies_.defer_code;
    if (code == 250) return Outcome::Dunno();
    const std::string text =
        replies_.reject_reason.empty()
            ? absl::StrCat("unverified address: ",
                           Printable(result.text, kMaxTextBytes))
            : replies_.reject_reason;
    smtp::Reply reply =
        Rejected(code, side_.status, side_.subject(facts), text);
    return is_final || replies_.defer_at_once
               ? Outcome::Refuse(std::move(reply), Reason::kUnverified)
               : Outcome::DeferIfPermit(std::move(reply), Reason::kUnverified);
  }

  const Side& side_;
  const VerifyOptions options_;
  const Replies replies_;
  const std::string probe_sender_;
  AddressVerifier* const verifier_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakeSender(const std::string&,
                                                 const RuleContext& context) {
  const config::v1::Mta& config = context.config;
  Replies replies;
  replies.reject_code =
      static_cast<int>(config.unverified_sender_reject_code());
  replies.defer_code = static_cast<int>(config.unverified_sender_defer_code());
  replies.reject_reason = config.unverified_sender_reject_reason();
  RETURN_IF_ERROR(
      CheckCode("unverified_sender_reject_code", replies.reject_code));
  RETURN_IF_ERROR(
      CheckCode("unverified_sender_defer_code", replies.defer_code));
  RETURN_IF_ERROR(ReadAction("unverified_sender_tempfail_action",
                             config.unverified_sender_tempfail_action(),
                             config.reject_tempfail_action(), replies));
  return std::make_unique<RejectUnverified>(
      kSender, OptionsFrom(config), std::move(replies), ProbeSender(config),
      context.services.verifier);
}

absl::StatusOr<std::unique_ptr<Rule>> MakeRecipient(
    const std::string&, const RuleContext& context) {
  const config::v1::Mta& config = context.config;
  Replies replies;
  replies.reject_code =
      static_cast<int>(config.unverified_recipient_reject_code());
  replies.defer_code =
      static_cast<int>(config.unverified_recipient_defer_code());
  replies.reject_reason = config.unverified_recipient_reject_reason();
  RETURN_IF_ERROR(
      CheckCode("unverified_recipient_reject_code", replies.reject_code));
  RETURN_IF_ERROR(
      CheckCode("unverified_recipient_defer_code", replies.defer_code));
  RETURN_IF_ERROR(ReadAction("unverified_recipient_tempfail_action",
                             config.unverified_recipient_tempfail_action(),
                             config.reject_tempfail_action(), replies));
  return std::make_unique<RejectUnverified>(
      kRecipient, OptionsFrom(config), std::move(replies), ProbeSender(config),
      context.services.verifier);
}

constexpr RuleName kNames[] = {
    {"reject_unverified_sender", Argument::kNone, MakeSender},
    {"reject_unverified_recipient", Argument::kNone, MakeRecipient},
};

}  // namespace

absl::Span<const RuleName> VerifyRules() { return kNames; }

std::string ProbeSender(const config::v1::Mta& config) {
  const std::string& sender = config.address_verify_sender();
  if (sender.empty() || sender == "<>") return "";
  if (absl::StrContains(sender, '@')) return sender;
  return absl::StrCat(sender, "@", config.myhostname());
}

}  // namespace postern::mta::restrictions
