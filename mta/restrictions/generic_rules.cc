#include "mta/restrictions/generic_rules.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/net/runtime.h"

namespace postern::mta::restrictions {
namespace {

class Permit final : public Rule {
 public:
  net::Task<Outcome> Ask(const Facts&, const Subject&) const override {
    co_return Outcome::Permit();
  }
  Effect effect() const override { return Effect::kPermitsEverybody; }
};

// reject, defer.
class Refuse final : public Rule {
 public:
  Refuse(int code, absl::string_view status, absl::string_view text)
      : code_(code), status_(status), text_(text) {}

  net::Task<Outcome> Ask(const Facts&, const Subject& subject) const override {
    co_return Outcome::Refuse(Rejected(code_, status_, subject, text_),
                              Reason::kRule);
  }
  Effect effect() const override { return Effect::kRefusesStrangers; }

 private:
  const int code_;
  const absl::string_view status_;
  const absl::string_view text_;
};

class DeferIfPermit final : public Rule {
 public:
  net::Task<Outcome> Ask(const Facts&, const Subject& subject) const override {
    co_return Outcome::DeferIfPermit(
        Rejected(450, "4.7.0", subject, "defer_if_permit requested"),
        Reason::kRule);
  }
  Effect effect() const override { return Effect::kRefusesStrangers; }
};

class DeferIfReject final : public Rule {
 public:
  net::Task<Outcome> Ask(const Facts&, const Subject& subject) const override {
    Outcome outcome = Outcome::Act({policy::Verdict::Kind::kDeferIfReject, 0,
                                    "4.7.0 defer_if_reject requested"},
                                   subject, Reason::kRule);
    co_return outcome;
  }
};

class Sleep final : public Rule {
 public:
  explicit Sleep(absl::Duration wait) : wait_(wait) {}

  net::Task<Outcome> Ask(const Facts&, const Subject&) const override {
    co_await net::Sleep(wait_);
    co_return Outcome::Dunno();
  }

 private:
  const absl::Duration wait_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakeReject(const std::string&,
                                                 const RuleContext& context) {
  return std::make_unique<Refuse>(context.config.reject_code(), "5.7.1",
                                  "Access denied");
}

absl::StatusOr<std::unique_ptr<Rule>> MakeDefer(const std::string&,
                                                const RuleContext& context) {
  return std::make_unique<Refuse>(context.config.defer_code(), "4.3.2",
                                  "Try again later");
}

absl::StatusOr<std::unique_ptr<Rule>> MakeSleep(const std::string& argument,
                                                const RuleContext&) {
  uint32_t seconds = 0;
  if (!absl::SimpleAtoi(argument, &seconds) ||
      absl::Seconds(seconds) > kMaxSleep) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(argument), "\" is not a number of ",
                     "seconds from 0 to ", absl::ToInt64Seconds(kMaxSleep)));
  }
  return std::make_unique<Sleep>(absl::Seconds(seconds));
}

constexpr RuleName kNames[] = {
    {"permit", Argument::kNone, MakePlain<Permit>},
    {"reject", Argument::kNone, MakeReject},
    {"defer", Argument::kNone, MakeDefer},
    {"defer_if_permit", Argument::kNone, MakePlain<DeferIfPermit>},
    {"defer_if_reject", Argument::kNone, MakePlain<DeferIfReject>},
    {"sleep", Argument::kWord, MakeSleep},
};

}  // namespace

absl::Span<const RuleName> GenericRules() { return kNames; }

}  // namespace postern::mta::restrictions
