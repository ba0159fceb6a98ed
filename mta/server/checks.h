// Asks the restrictions about what a client wants, at each stage of a session.
//
//   Checks checks(conversation);
//   Decision decision = co_await checks.Decide();   // about dialogue.stage()
//   step = dialogue.OnDecision(std::move(decision));
//
// All lists are evaluated at RCPT (smtpd_delay_reject): at every other stage
// the decision is to go on. Refusals are logged and counted here.
//
// Threads: of the session.

#ifndef POSTERN_MTA_SERVER_CHECKS_H_
#define POSTERN_MTA_SERVER_CHECKS_H_

#include "lib/net/task.h"
#include "mta/restrictions/decision.h"
#include "mta/server/conversation.h"

namespace postern::mta::server {

class Checks {
 public:
  // `conversation` must outlive it.
  explicit Checks(Conversation& conversation) : conversation_(conversation) {}

  // Decides about the stage that the dialogue is at.
  net::Task<restrictions::Decision> Decide();

 private:
  net::Task<restrictions::Decision> DecideRecipient();

  Conversation& conversation_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CHECKS_H_
