// What the rules that were asked so far mean together, for one recipient.
//
// This is the pure half of list.h: verdicts go in one after the other, and the
// first that is decisive ends the list. Some only set a condition for later:
// DEFER_IF_PERMIT and DEFER_IF_REJECT change the last word, PREPEND collects a
// header, WARN and INFO are logged.
//
//   Evaluation evaluation(facts);
//   evaluation.BeginList(ListKind::kRecipient);
//   if (evaluation.Take(verdict, warn_if_reject) == Evaluation::Go::kOn) …
//   const Decision decision = evaluation.Finish();
//
// Source:  Postfix, access(5) for the actions; postconf(5), warn_if_reject; the
//          wording of the replies is smtpd(8)'s.
// Threads: one at a time. One object a recipient.
// Limits:  10 headers are kept; a policy service that gives more of them is
//          told in the log.

#ifndef POSTERN_MTA_RESTRICTIONS_EVALUATION_H_
#define POSTERN_MTA_RESTRICTIONS_EVALUATION_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/policy/reply.h"
#include "mta/filters/policy_source.h"
#include "mta/restrictions/address_class.h"
#include "mta/restrictions/decision.h"
#include "mta/smtp/reply.h"

namespace postern::mta::restrictions {

enum class ListKind { kClient, kHelo, kSender, kRelay, kRecipient };

// What the rules look at.
struct Facts {
  bool is_in_mynetworks = false;
  AddressClass recipient_class = AddressClass::kElsewhere;
  // Also what a policy service is asked; it has the words for the replies.
  filters::PolicyQuestion question;
};

class Evaluation {
 public:
  enum class Go { kOn, kNextList, kRefused };
  static constexpr size_t kMaxHeaders = 10;

  // `facts` must outlive it.
  explicit Evaluation(const Facts& facts) : facts_(facts) {}

  void BeginList(ListKind kind) { list_ = kind; }

  // A rule permits: the rest of this list does not matter.
  static Go Permit() { return Go::kNextList; }

  // A rule refuses.
  Go Refuse(smtp::Reply reply, Reason reason, bool warn_if_reject);

  // A policy service has answered.
  Go Take(const policy::Verdict& verdict, bool warn_if_reject);

  // The last word, after all lists or a refusal.
  Decision Finish();

 private:
  smtp::Reply PolicyReply(int code, absl::string_view text) const;
  void Prepend(const std::string& header);

  const Facts& facts_;
  ListKind list_ = ListKind::kRecipient;
  std::optional<smtp::Reply> defer_if_permit_;
  std::optional<smtp::Reply> defer_if_reject_;
  Decision decision_;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_EVALUATION_H_
