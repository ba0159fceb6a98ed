// What a client may still do in this unit of time (mta/limits/budgets.h): asked
// at each stage of a session before the restrictions are.
//
//   Rates rates(conversation);
//   Decision decision = co_await rates.Decide();   // about dialogue.stage()
//   if (!decision.refusal) decision = co_await checks.Decide();
//
// Connections are counted at connect, messages at MAIL, recipients at RCPT.
// Refusals are logged here and counted by the budgets.
//
// Source:  Postfix, smtpd_client_connection_rate_limit,
//          smtpd_client_message_rate_limit, smtpd_client_recipient_rate_limit.
// Threads: of the session.

#ifndef POSTERN_MTA_SERVER_RATES_H_
#define POSTERN_MTA_SERVER_RATES_H_

#include "lib/net/task.h"
#include "mta/limits/event.h"
#include "mta/restrictions/decision.h"
#include "mta/server/conversation.h"

namespace postern::mta::server {

class Rates {
 public:
  // `conversation` must outlive it.
  explicit Rates(Conversation& conversation) : conversation_(conversation) {}

  net::Task<restrictions::Decision> Decide();

 private:
  net::Task<restrictions::Decision> Spend(limits::Event event,
                                          smtp::Reply refusal);

  Conversation& conversation_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_RATES_H_
