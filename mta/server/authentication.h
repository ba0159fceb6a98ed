// What happens between a client's AUTH line and the answer: the mechanism is
// asked on a thread that may block, failures are counted, logged and slowed
// down.
//
//   const AuthAnswer answer = co_await authentication.Answer();
//   step = dialogue.OnAuthAnswer(answer);
//
// A password is never logged, nor is the name under which an attempt failed,
// which may be one.
//
// Source:  RFC 4954. The answer to a failure is held back for
//          smtpd_sasl_failure_delay, twice as long each time (MTA-40).
// Threads: of the session.
// Limits:  smtpd_sasl_timeout for each step; then the answer is that nobody can
//          tell now.

#ifndef POSTERN_MTA_SERVER_AUTHENTICATION_H_
#define POSTERN_MTA_SERVER_AUTHENTICATION_H_

#include <memory>
#include <string>

#include "lib/net/task.h"
#include "mta/server/auth_cyrus.h"
#include "mta/server/auth_exchange.h"
#include "mta/server/conversation.h"

namespace postern::mta::server {

class Authentication {
 public:
  // `conversation` must outlive it.
  explicit Authentication(Conversation& conversation)
      : conversation_(conversation) {}

  // Answers dialogue.auth_input().
  net::Task<AuthAnswer> Answer();

 private:
  net::Task<AuthAnswer> Ask();
  // Tells whether the client may try once more, and counts that (MTA-40).
  net::Task<bool> MayTry();
  void Report(const AuthAnswer& answer) const;

  Conversation& conversation_;
  std::string mechanism_;
  // While challenges go to and fro. A thread that hangs holds on to it.
  std::shared_ptr<CyrusExchange> exchange_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_AUTHENTICATION_H_
