// The restriction lists: who may send what to whom.
//
//   ASSIGN_OR_RETURN(Lists lists, Lists::FromConfig(config, make_source));
//   const Decision decision = co_await lists.Decide(facts);
//   if (decision.refusal) Reply(*decision.refusal);
//
// All five lists are evaluated for each recipient, in the order client, helo,
// sender, relay, recipient. In each the first decisive rule wins: a permission
// ends its list only, a refusal ends all. A list that comes to its end permits.
// That cannot make an open relay: smtpd_relay_restrictions must contain a rule
// that refuses strangers, before any rule that permits everybody, or the
// configuration is not taken (MTA-36). When everything permits, a recipient of
// a mailbox domain must exist.
//
// Source:  postconf(5), smtpd_*_restrictions, smtpd_delay_reject = yes,
//          smtpd_reject_unlisted_recipient = yes; access(5).
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault. Deciding never fails.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_RESTRICTIONS_LIST_H_
#define POSTERN_MTA_RESTRICTIONS_LIST_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/net/task.h"
#include "mta/filters/policy_client.h"
#include "mta/filters/policy_source.h"
#include "mta/restrictions/evaluation.h"
#include "mta/restrictions/restriction.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

// Makes what a check_policy_service asks; called once for each such rule.
using MakePolicySource = std::function<std::unique_ptr<filters::PolicySource>(
    const filters::PolicyService& service)>;

class Lists {
 public:
  // A null `make_source` makes lists that are only good for checking.
  static absl::StatusOr<Lists> FromConfig(const config::v1::Mta& config,
                                          const MakePolicySource& make_source);

  // Decides about one recipient. `facts` and the lists must outlive the task.
  net::Task<Decision> Decide(const Facts& facts) const;

  // Whether a rule asks a policy service: then the client's name is needed.
  bool asks_policy_services() const;

 private:
  struct Rule {
    Restriction restriction;
    std::unique_ptr<filters::PolicySource> source;
  };
  struct List {
    ListKind kind;
    std::vector<Rule> rules;
  };

  static absl::StatusOr<List> ReadList(const config::v1::Mta& config,
                                       ListKind kind,
                                       const MakePolicySource& make_source);
  static absl::Status CheckRelayList(const List& list);

  std::vector<List> lists_;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_LIST_H_
