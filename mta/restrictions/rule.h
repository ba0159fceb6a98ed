// A rule of a restriction list: reject_unknown_client_hostname and the like.
//
// A family of rules is a file: it defines its rules and a table of their
// names, and rule_book.cc has that table in its list. To add a rule:
//
//   class RejectFoo final : public Rule {
//     net::Task<Outcome> Ask(const Facts& facts,
//                            const Subject& subject) const override;
//   };
//   constexpr RuleName kNames[] = {{"reject_foo", Argument::kNone, MakeFoo}};
//   absl::Span<const RuleName> FooRules() { return kNames; }
//
// Source:  postconf(5): names and meanings.
// Threads: a rule is immutable once made, and asked by many sessions.

#ifndef POSTERN_MTA_RESTRICTIONS_RULE_H_
#define POSTERN_MTA_RESTRICTIONS_RULE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/dns/resolver.h"
#include "lib/net/task.h"
#include "lib/table/table.h"
#include "mta/filters/milters.h"
#include "mta/filters/policy_service.h"
#include "mta/filters/policy_source.h"
#include "mta/restrictions/facts.h"
#include "mta/restrictions/outcome.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

class Rule {
 public:
  // What the check for open relays needs to know (MTA-36).
  enum class Effect {
    kDepends,           // On the facts, or on others.
    kRefusesStrangers,  // No stranger relays past it.
    kPermitsEverybody,
  };

  virtual ~Rule() = default;

  // Says what it thinks; never fails. `subject` is what the list is about. Both
  // must outlive the task.
  virtual net::Task<Outcome> Ask(const Facts& facts,
                                 const Subject& subject) const = 0;

  virtual Effect effect() const { return Effect::kDepends; }
  // Whether the client's names must be known: they are waited for.
  virtual bool needs_client_name() const { return true; }

  // Begins to find out what Ask() will want to know, without waiting. It is
  // called for all rules from the first that wants it to the end of the list,
  // so that they find out at the same time.
  virtual bool wants_prefetch() const { return false; }
  virtual void Prefetch(const Facts&) const {}
};

// Makes what a check_policy_service asks.
using MakePolicySource = std::function<std::unique_ptr<filters::PolicySource>(
    const filters::PolicyService& service)>;

class AddressVerifier;  // verify.h.
class DnsLists;         // dnsbl.h.

// What rules ask. All null: the rules are only good for checking.
struct Services {
  dns::Resolver* resolver = nullptr;  // Must outlive the rules.
  MakePolicySource make_policy_source;
  DnsLists* dns_lists = nullptr;        // The same.
  AddressVerifier* verifier = nullptr;  // The same.
  table::Environment tables;
  filters::Milters::MakeClient make_milter_client;
};

class RuleResources;  // rule_resources.h.

// What a rule is made with; nothing of it outlives the making but what
// `services` point at and the resources.
struct RuleContext {
  const config::v1::Mta& config;
  const Services& services;
  RuleResources& resources;
};

enum class Argument {
  kNone,
  kWord,   // One word, or braces with whatever is in them.
  kTable,  // "hash:/path" and the like.
};

using MakeRule = absl::StatusOr<std::unique_ptr<Rule>> (*)(
    const std::string& argument, const RuleContext& context);

struct RuleName {
  absl::string_view name;
  Argument argument;
  MakeRule make;
};

// For rules that need nothing to be made.
template <typename T>
absl::StatusOr<std::unique_ptr<Rule>> MakePlain(const std::string&,
                                                const RuleContext&) {
  return std::make_unique<T>();
}

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_RULE_H_
