// What the rules that were asked so far mean together.
//
// This is the pure half of list.h: outcomes go in one after the other, and the
// first that is decisive ends the list. Some only set a condition for later:
// DEFER_IF_PERMIT and DEFER_IF_REJECT change the last word, HOLD, REDIRECT, BCC
// and PREPEND are collected for the message, WARN and INFO are logged.
//
//   Evaluation evaluation(facts, rules);
//   evaluation.BeginStage();
//   if (evaluation.Take(outcome, warn_if_reject) == Evaluation::Go::kOn) …
//   const Decision decision = evaluation.Finish();
//
// Source:  Postfix, access(5) for the actions; postconf(5), warn_if_reject and
//          soft_bounce; the wording of the replies is smtpd(8)'s.
// Threads: one at a time. One object a command.
// Limits:  kMaxHeaders headers are kept; more of them are dropped with a line
//          in the log.

#ifndef POSTERN_MTA_RESTRICTIONS_EVALUATION_H_
#define POSTERN_MTA_RESTRICTIONS_EVALUATION_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/policy/reply.h"
#include "mta/restrictions/decision.h"
#include "mta/restrictions/facts.h"
#include "mta/restrictions/outcome.h"
#include "mta/smtp/reply.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

// What of the configuration changes the meaning of outcomes.
struct EvaluationRules {
  int access_map_reject_code = 554;
  int access_map_defer_code = 450;
  bool soft_bounce = false;
  bool reject_unlisted_sender = false;
  bool reject_unlisted_recipient = true;

  static EvaluationRules FromConfig(const config::v1::Mta& config);
};

class Evaluation {
 public:
  enum class Go {
    kOn,         // With the next rule.
    kPermitted,  // The rest of this list does not matter.
    kRefused,    // Neither do the lists that follow.
    kNested,     // Evaluate the list of restrictions in the outcome's action.
  };
  static constexpr size_t kMaxHeaders = 10;

  // Both must outlive it.
  Evaluation(const Facts& facts, const EvaluationRules& rules);

  const Facts& facts() const { return facts_; }

  // DEFER_IF_REJECT is for one stage: the client's, HELO's, the sender's, or
  // the relay and the recipient list together.
  void BeginStage() { defer_if_reject_.reset(); }

  // Takes what a rule says.
  Go Take(const Outcome& outcome, bool warn_if_reject);

  // Whatever follows, the answer is a deferral: nothing more need be asked.
  bool is_settled() const { return defer_if_permit_ && defer_if_reject_; }
  // Nothing need be asked any more: the message is thrown away.
  bool is_discarded() const {
    return facts_.is_discarded || decision_.actions.discard;
  }

  // After the sender's list: smtpd_reject_unlisted_sender.
  Go EndSenderList();

  // The last word, after all lists or a refusal.
  Decision Finish();

 private:
  Go Refuse(smtp::Reply reply, Reason reason, bool warn_if_reject);
  Go Act(const Outcome& outcome, bool warn_if_reject);
  Go DeferIfPermit(smtp::Reply reply, Reason reason, bool warn_if_reject);
  // Actions that concern the whole message.
  Go ActOnMessage(const policy::Verdict& action, const Subject& subject);
  void Prepend(const std::string& header);
  void Log(absl::string_view event, const Subject& subject,
           absl::string_view text) const;

  const Facts& facts_;
  const EvaluationRules& rules_;
  std::optional<smtp::Reply> defer_if_permit_;
  Reason defer_if_permit_reason_ = Reason::kRule;
  std::optional<smtp::Reply> defer_if_reject_;
  Decision decision_;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_EVALUATION_H_
