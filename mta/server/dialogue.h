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
//   while (step.next == Step::Next::kDecision) {
//     Decision decision = co_await checks.Decide();  // About dialogue.stage().
//     step = dialogue.OnDecision(std::move(decision));
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
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/line_reader.h"
#include "mta/restrictions/decision.h"
#include "mta/restrictions/stage.h"
#include "mta/server/dialogue_rules.h"
#include "mta/server/transaction.h"
#include "mta/smtp/command.h"
#include "mta/smtp/data_reader.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {

// A closed set: each of these is done by one part of the session, and comes
// back through one On…() that gives the next step.
struct Step {
  enum class Next {
    kGoOn,      // Say `reply` and take the next line.
    kClose,     // Say `reply` and close.
    kDecision,  // Ask the restrictions about stage(); then OnDecision().
    kOpen,      // Begin the message that command() announces; then OnOpen().
    kContent,   // Say `reply` (354), receive the message; then OnContent().
    kStore,     // Make the message durable; then OnStored().
  };
  Next next = Next::kGoOn;
  smtp::Reply reply;  // Only with kGoOn, kClose and kContent.
};

class Dialogue {
 public:
  // A session needs no more than a handful a message.
  static constexpr uint32_t kMaxIdleCommands = 100;

  // `session` names the session in the log and for policy services.
  Dialogue(const DialogueRules& rules, std::string session);

  // A client has connected: the step that greets it.
  Step OnConnect();
  // Takes a line. `has_more_input`: the client has sent more already.
  Step OnLine(const net::Line& line, bool has_more_input);

  // The result of kDecision.
  Step OnDecision(restrictions::Decision decision);
  // The result of kOpen: the message's queue id, or why there is no room.
  Step OnOpen(const absl::StatusOr<std::string>& queue_id);
  // The result of kContent: what is the matter with it.
  Step OnContent(smtp::DataReader::Problem problem);
  // The result of kStore.
  Step OnStored(const absl::Status& stored);

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
  // With kDecision: what is to be decided.
  restrictions::Stage stage() const { return stage_; }
  // The command that is being answered.
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
  // A step that asks for the decision of a stage, and what follows from a
  // refusal there.
  Step Ask(restrictions::Stage stage);
  Step Refuse(smtp::Reply reply);
  // What is said when nothing speaks against it.
  Step Greet();
  Step Welcome();
  // A step that says `reply`; if it is a refusal, it counts as an error.
  Step Say(smtp::Reply reply);
  Step Close(smtp::Reply reply) const;
  // A step for a command that brings no mail forward.
  Step Idle(smtp::Reply reply);

  const DialogueRules& rules_;
  const std::string session_;
  std::string helo_name_;  // Empty: no HELO or EHLO yet.
  bool is_esmtp_ = false;
  bool is_denied_ = false;  // Was refused at connect: may only leave.
  smtp::Command command_;
  restrictions::Stage stage_ = restrictions::Stage::kConnect;
  std::optional<Transaction> transaction_;
  uint64_t transactions_ = 0;
  bool has_refused_recipient_ = false;
  uint32_t errors_ = 0;
  uint32_t idle_commands_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_DIALOGUE_H_
