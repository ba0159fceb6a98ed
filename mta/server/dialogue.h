// What an SMTP server answers, and what it does next: the session without its
// socket.
//
// A command line goes in, a step comes out: say this, and then go on, close,
// or find something out and come back with the result. Order of commands,
// error budget, limits and synchronisation are decided here, so they are
// tested without a network.
//
//   Dialogue dialogue(rules, {.session = "x1"});
//   Step step = dialogue.OnLine(line, has_more_input);
//   while (step.next == Step::Next::kDecision) {
//     Decision decision = co_await checks.Decide();  // About dialogue.stage().
//     step = dialogue.OnDecision(std::move(decision));
//   }
//
// Source:  RFC 5321 section 4.1.4 (order), 4.3.2 (codes); RFC 2920 section 3.1
//          (which commands end a group); RFC 3207 (STARTTLS); Postfix,
//          smtpd_hard_error_limit.
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
#include "mta/server/auth_exchange.h"
#include "mta/server/dialogue_rules.h"
#include "mta/server/handoff_answer.h"
#include "mta/server/transaction.h"
#include "mta/smtp/command.h"
#include "mta/smtp/data_reader.h"
#include "mta/smtp/extension.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {

// A closed set: each of these is done by one part of the session, and comes
// back through one On…() that gives the next step.
struct Step {
  enum class Next {
    kGoOn,      // Say `reply` and take the next line.
    kListen,    // Say nothing and take the next line.
    kClose,     // Say `reply` and close.
    kDecision,  // Ask the restrictions about stage(); then OnDecision().
    kOpen,      // Begin the message that command() announces; then OnOpen().
    kContent,   // Say `reply` (354), receive the message; then OnContent().
    kChunk,     // Receive what follows BDAT; then OnChunk().
    kStore,     // Make the message durable; then OnStored().
    kClient,    // Take over what XCLIENT tells of the client; then OnClient().
    kStartTls,  // Say `reply` (220), shake hands; then OnSecured().
    kHandoff,   // Take over what XHANDOFF is about; then OnHandoff().
    kAuthenticate,  // Ask the mechanism about auth_input(); OnAuthAnswer().
  };
  Next next = Next::kGoOn;
  smtp::Reply reply;  // Only with kGoOn, kClose, kContent and kStartTls.
};

class Dialogue {
 public:
  // Who a client has proved to be.
  struct Identity {
    std::string method;  // "SCRAM-SHA-256".
    std::string username;
  };

  // A session needs no more than a handful a message.
  static constexpr uint32_t kMaxIdleCommands = 100;
  // A chunk of BDAT that is smaller counts as one of those (MTA-12).
  static constexpr int64_t kSmallChunkBytes = 512;

  // What the dialogue depends on besides what is said.
  struct Connection {
    std::string session;  // Names it in the log and for policy services.
    bool is_tls = false;
    bool is_auth_allowed = true;  // Not for clients that are not offered it.
    // The client may tell for whom it speaks.
    bool may_xclient = false;
    bool may_xforward = false;
    // The client may be a relay that hands its mail to us.
    bool may_handoff = false;
  };

  Dialogue(const DialogueRules& rules, Connection connection);

  // A client has connected: the step that greets it.
  Step OnConnect();
  // Takes a line. `has_more_input`: the client has sent more already.
  Step OnLine(const net::Line& line, bool has_more_input);

  // The result of kDecision.
  Step OnDecision(restrictions::Decision decision);
  // The result of kOpen: the message's queue id, or why there is no room.
  Step OnOpen(const absl::StatusOr<std::string>& queue_id);
  // The result of kContent: what is the matter with it, and its size.
  Step OnContent(smtp::DataReader::Problem problem, int64_t bytes);
  // The result of kChunk: what is the matter with the content so far.
  Step OnChunk(smtp::DataReader::Problem problem);
  // kClient is done: the session begins anew.
  Step OnClient();
  // The result of kHandoff.
  Step OnHandoff(HandoffAnswer answer);
  // The result of kStore.
  Step OnStored(const absl::Status& stored);

  // The connection is a TLS one now: after kStartTls, or before OnConnect().
  Step OnSecured();
  // The result of kAuthenticate.
  Step OnAuthAnswer(const AuthAnswer& answer);

  // The client spoke before it was greeted (MTA-10).
  smtp::Reply TooEarly() const;
  // Last words when the client is too slow, and when we stop.
  smtp::Reply TooSlow() const;
  smtp::Reply Stopping() const;

  const std::string& helo_name() const { return helo_name_; }
  bool is_esmtp() const { return is_esmtp_; }
  // Whether the connection is a TLS one.
  bool is_secured() const { return connection_.is_tls; }
  // The transaction that is open; nullptr: none is.
  const Transaction* transaction() const {
    return transaction_ ? &*transaction_ : nullptr;
  }
  // With kDecision: what is to be decided.
  restrictions::Stage stage() const { return stage_; }
  // With kChunk: whether it is part of a message, or only has to be read.
  bool is_chunk_wanted() const { return !chunk_refusal_; }
  // The command that is being answered.
  const smtp::Command& command() const { return command_; }
  // The verb of the last line, for the metrics.
  smtp::Verb verb() const { return command_.verb; }
  uint32_t errors() const { return errors_; }

  // Who the client is; nullptr: it has not said so.
  const Identity* auth() const { return auth_ ? &*auth_ : nullptr; }
  // With kAuthenticate: what the client said. Secret.
  const AuthInput& auth_input() const { return auth_input_; }
  // The next line answers a challenge.
  bool is_authenticating() const { return is_authenticating_; }
  uint32_t auth_failures() const { return auth_failures_; }

 private:
  Step OnCommand();
  Step Hello();
  Step Mail();
  Step Recipient();
  Step Data();
  Step Chunk();
  Step Verify();
  Step Xclient();
  Step Xforward();
  Step Handoff();
  Step RefuseHandoff(smtp::Reply reply);
  Step Auth();
  Step OnAuthLine(const net::Line& line, bool has_more_input);
  void OfferAuth(smtp::Extensions& ours) const;
  smtp::Extensions Offered() const;
  // What is wrong with DATA or BDAT at this point; nullopt: nothing.
  std::optional<smtp::Reply> ContentRefusal() const;
  // A step that receives the chunk and then refuses it.
  Step SkipChunk(smtp::Reply refusal);
  Step StartTls();
  Step Unknown();
  bool NeedsTls(smtp::Verb verb) const;
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
  Step TooManyCommands() const;

  const DialogueRules& rules_;
  Connection connection_;
  std::string helo_name_;  // Empty: no HELO or EHLO yet.
  bool is_esmtp_ = false;
  // What XFORWARD told of the client that the next message comes from.
  smtp::ClientAttributes forwarded_;
  bool is_denied_ = false;  // Was refused at connect: may only leave.
  smtp::Command command_;
  restrictions::Stage stage_ = restrictions::Stage::kConnect;
  std::optional<Transaction> transaction_;
  uint64_t transactions_ = 0;
  uint32_t mail_commands_ = 0;
  std::optional<smtp::Reply> chunk_refusal_;
  bool has_refused_recipient_ = false;
  uint32_t errors_ = 0;
  uint32_t idle_commands_ = 0;
  bool is_authenticating_ = false;
  AuthInput auth_input_;
  std::string auth_method_;
  std::optional<Identity> auth_;
  uint32_t auth_failures_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_DIALOGUE_H_
