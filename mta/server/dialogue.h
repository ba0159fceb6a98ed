// What an SMTP server answers, and what it does next: the session without its
// socket.
//
// A command line goes in, a step comes out: say this, and then go on, close,
// or find something out and come back with the result. Order of commands,
// error budget, limits and synchronisation are decided here, so they are
// tested without a network.
//
//   Dialogue dialogue(rules, "x1");
//   Step step = dialogue.OnLine(line, has_more_input);
//   if (step.next == Step::Next::kRecipient) {
//     step = dialogue.OnDecision(co_await lists.Decide(facts));
//   }
//
// Source:  RFC 5321 section 4.1.4 (order), 4.3.2 (codes); RFC 2920 section 3.1
//          (which commands end a group); Postfix, smtpd_hard_error_limit.
// Threads: one at a time; pure. `rules` must outlive it.
// Limits:  hard_error_limit errors, kMaxIdleCommands commands that bring no
//          mail forward, recipient_limit recipients (MTA-40, MTA-45).

#ifndef POSTERN_MTA_SERVER_DIALOGUE_H_
#define POSTERN_MTA_SERVER_DIALOGUE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"
#include "lib/net/line_reader.h"
#include "mta/restrictions/decision.h"
#include "mta/server/dialogue_rules.h"
#include "mta/server/transaction.h"
#include "mta/smtp/command.h"
#include "mta/smtp/data_reader.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {

struct Step {
  enum class Next {
    kGoOn,       // Say `reply` and take the next line.
    kClose,      // Say `reply` and close.
    kSender,     // Is there room for mail? Then OnRoom().
    kRecipient,  // Ask the restrictions about recipient(); then OnDecision().
    kMessage,    // Say `reply` (354), receive the message; then OnMessage().
  };
  Next next = Next::kGoOn;
  smtp::Reply reply;  // Not with kSender and kRecipient.
};

class Dialogue {
 public:
  // A session needs no more than a handful a message.
  static constexpr uint32_t kMaxIdleCommands = 100;

  // `session` names the session in the log and for policy services.
  Dialogue(const DialogueRules& rules, std::string session);

  smtp::Reply Greeting() const;

  // Takes a line. `has_more_input`: the client has sent more already.
  Step OnLine(const net::Line& line, bool has_more_input);
  // The result of kSender: OK, or why there is no room.
  Step OnRoom(const absl::Status& room);
  // The result of kRecipient.
  Step OnDecision(restrictions::Decision decision);
  // The result of kMessage: what was the matter with the data, or what became
  // of the message (OK: it is queued as `queue_id`).
  Step OnBadMessage(smtp::DataReader::Problem problem);
  Step OnMessage(const absl::Status& stored, absl::string_view queue_id);

  // The client spoke before it was greeted (MTA-10).
  smtp::Reply TooEarly() const;
  // Last words when the client is too slow, and when we stop.
  smtp::Reply TooSlow() const;
  smtp::Reply Stopping() const;

  const std::string& helo_name() const { return helo_name_; }
  bool is_esmtp() const { return is_esmtp_; }
  // The transaction that is open; nullptr: none is.
  const Transaction* transaction() const {
    return transaction_ ? &*transaction_ : nullptr;
  }
  // With kSender: what MAIL says. With kRecipient: whom RCPT names.
  const smtp::Command& command() const { return command_; }
  // The verb of the last line, for the metrics.
  smtp::Verb verb() const { return command_.verb; }
  uint32_t errors() const { return errors_; }

 private:
  Step OnCommand();
  Step Hello();
  Step Mail();
  Step Recipient();
  Step Data();
  Step Unknown();
  // A step that says `reply`; if it is a refusal, it counts as an error.
  Step Say(smtp::Reply reply);
  Step Close(smtp::Reply reply) const;
  // A step for a command that brings no mail forward.
  Step Idle(smtp::Reply reply);

  const DialogueRules& rules_;
  const std::string session_;
  std::string helo_name_;  // Empty: no HELO or EHLO yet.
  bool is_esmtp_ = false;
  smtp::Command command_;
  std::optional<Transaction> transaction_;
  uint64_t transactions_ = 0;
  bool has_refused_recipient_ = false;
  uint32_t errors_ = 0;
  uint32_t idle_commands_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_DIALOGUE_H_
