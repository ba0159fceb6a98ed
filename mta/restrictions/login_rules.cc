#include "mta/restrictions/login_rules.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/table/table.h"
#include "mta/restrictions/access_keys.h"
#include "mta/restrictions/rule_resources.h"

namespace postern::mta::restrictions {
namespace {

// What a mismatch is.
struct Kind {
  bool of_strangers;       // Who has not logged in uses an owned address.
  bool of_users;           // Who has logged in uses one that is not his.
  bool ownerless_is_fine;  // An address without owners is anybody's.
};

using Owners = absl::StatusOr<std::optional<std::string>>;

bool IsAmong(absl::string_view user, absl::string_view owners) {
  for (const absl::string_view owner :
       absl::StrSplit(owners, absl::ByAnyChar(", \t\r\n"), absl::SkipEmpty())) {
    if (absl::EqualsIgnoreCase(owner, user)) return true;
  }
  return false;
}

class RejectMismatch final : public Rule {
 public:
  RejectMismatch(Kind kind, std::vector<const table::Table*> tables,
                 std::string delimiters)
      : kind_(kind),
        tables_(std::move(tables)),
        delimiters_(std::move(delimiters)) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    const absl::string_view user = facts.question.sasl_username;
    if (!facts.sender || facts.sender->is_null() || tables_.empty()) {
      co_return Outcome::Dunno();
    }
    if (user.empty() ? !kind_.of_strangers : !kind_.of_users) {
      co_return Outcome::Dunno();
    }
    const Owners owners = co_await OwnersOf(*facts.sender);
    if (!owners.ok()) co_return Outcome::CannotLookUp(SenderSubject(facts));
    co_return Judge(facts, user, *owners);
  }

 private:
  Outcome Judge(const Facts& facts, absl::string_view user,
                const std::optional<std::string>& owners) const {
    std::string text;
    if (user.empty()) {
      if (!owners) return Outcome::Dunno();
      text = "not logged in";
    } else {
      if (owners ? IsAmong(user, *owners) : kind_.ownerless_is_fine) {
        return Outcome::Dunno();
      }
      text = absl::StrCat("not owned by user ", user);
    }
    return Outcome::Refuse(Rejected(553, "5.7.1", SenderSubject(facts), text),
                           Reason::kSender);
  }

  net::Task<Owners> OwnersOf(const mail::Address& sender) const {
    for (const std::string& key : OwnerKeys(sender, delimiters_)) {
      for (const table::Table* table : tables_) {
        Owners found = co_await table->Find(key);
        if (!found.ok() || found->has_value()) co_return found;
      }
    }
    co_return std::nullopt;
  }

  const Kind kind_;
  const std::vector<const table::Table*> tables_;
  const std::string delimiters_;
};

template <bool of_strangers, bool of_users, bool ownerless_is_fine>
absl::StatusOr<std::unique_ptr<Rule>> Make(const std::string&,
                                           const RuleContext& context) {
  std::vector<const table::Table*> tables;
  for (const std::string& spec : context.config.smtpd_sender_login_maps()) {
    absl::StatusOr<const table::Table*> table =
        context.resources.OpenTable(spec);
    if (!table.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("smtpd_sender_login_maps: ", table.status().message()));
    }
    tables.push_back(*table);
  }
  return std::make_unique<RejectMismatch>(
      Kind{of_strangers, of_users, ownerless_is_fine}, std::move(tables),
      DelimitersOf(context.config));
}

constexpr RuleName kNames[] = {
    {"reject_sender_login_mismatch", Argument::kNone, Make<true, true, false>},
    {"reject_authenticated_sender_login_mismatch", Argument::kNone,
     Make<false, true, false>},
    {"reject_known_sender_login_mismatch", Argument::kNone,
     Make<false, true, true>},
    {"reject_unauthenticated_sender_login_mismatch", Argument::kNone,
     Make<true, false, false>},
};

}  // namespace

absl::Span<const RuleName> LoginRules() { return kNames; }

}  // namespace postern::mta::restrictions
