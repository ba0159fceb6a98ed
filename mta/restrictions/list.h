// The restriction lists: who may send what to whom.
//
//   ASSIGN_OR_RETURN(Lists lists, Lists::FromConfig(config, services));
//   const Decision decision = co_await lists.Decide(facts);
//   if (decision.refusal) Reply(*decision.refusal);
//
// Each command has its lists (smtpd_delay_reject: those of the client, HELO and
// the sender wait for RCPT). In each list the first decisive rule wins: a
// permission ends its list only, a refusal ends all. A list that comes to its
// end permits. That cannot make an open relay: smtpd_relay_restrictions or
// smtpd_recipient_restrictions must contain a rule that refuses strangers,
// before any rule that permits everybody, or the configuration is not taken
// (MTA-36). When everything permits, a recipient of ours must exist.
//
// Source:  postconf(5), smtpd_*_restrictions, smtpd_delay_reject,
//          smtpd_relay_before_recipient_restrictions,
//          smtpd_reject_unlisted_recipient; access(5).
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault. Deciding never fails.
// Threads: immutable once created; safe to share.
// Limits:  lists in lists, by classes and access tables, kMaxDepth deep:
//          451 4.3.5 beyond.

#ifndef POSTERN_MTA_RESTRICTIONS_LIST_H_
#define POSTERN_MTA_RESTRICTIONS_LIST_H_

#include <array>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/restrictions/evaluation.h"
#include "mta/restrictions/facts.h"
#include "mta/restrictions/rule_book.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

enum class ListKind {
  kClient,
  kHelo,
  kSender,
  kRelay,
  kRecipient,
  kData,
  kEndOfData,
};
inline constexpr int kListKindCount = 7;

class Lists {
 public:
  static constexpr int kMaxDepth = 100;

  // `services` may be empty: the lists are only good for checking then.
  static absl::StatusOr<Lists> FromConfig(const config::v1::Mta& config,
                                          Services services);

  // Decides about the command that facts.stage stands for. `facts` and
  // the lists must outlive the task.
  net::Task<Decision> Decide(const Facts& facts) const;

  // Whether there is anything to decide at a command: if not, the facts need
  // not be found out.
  bool HasListsAt(Stage stage) const;

  // Whether a rule may look at the client's names or show them.
  bool needs_client_name() const { return book_->needs_client_name(); }

 private:
  Lists() = default;

  absl::Status CheckRelay() const;
  // Evaluates one list. A list in a list warns if the outer one does.
  net::Task<Evaluation::Go> Evaluate(const RuleList& list,
                                     const Subject& subject,
                                     Evaluation& evaluation,
                                     bool warn_if_reject, int depth) const;
  net::Task<Evaluation::Go> EvaluateEntry(const RuleList::Entry& entry,
                                          const Subject& subject,
                                          Evaluation& evaluation,
                                          bool warn_if_reject, int depth) const;
  // Evaluates the list that an action of `outcome` names.
  net::Task<Evaluation::Go> EvaluateAction(const Outcome& outcome,
                                           Evaluation& evaluation,
                                           bool warn_if_reject,
                                           int depth) const;

  std::unique_ptr<RuleBook> book_;
  std::array<RuleList, kListKindCount> lists_;
  EvaluationRules rules_;
  // Not empty: nothing of it is evaluated for this recipient.
  std::string probe_sender_;
  bool delay_reject_ = true;
  bool relay_first_ = true;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_LIST_H_
