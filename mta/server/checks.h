// Asks the restrictions about what a client wants, at each stage of a session.
//
//   Checks checks(conversation);
//   Decision decision = co_await checks.Decide();   // about dialogue.stage()
//   step = dialogue.OnDecision(std::move(decision));
//
// What the lists of the client and of HELO want done with a message, and the
// deferrals that they left behind, are kept for each transaction that follows.
// Refusals are logged and counted here.
//
// Threads: of the session.

#ifndef POSTERN_MTA_SERVER_CHECKS_H_
#define POSTERN_MTA_SERVER_CHECKS_H_

#include <array>
#include <optional>
#include <string>

#include "lib/net/task.h"
#include "mta/restrictions/decision.h"
#include "mta/restrictions/facts.h"
#include "mta/restrictions/stage.h"
#include "mta/server/conversation.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {

class Checks {
 public:
  // `conversation` must outlive it.
  explicit Checks(Conversation& conversation) : conversation_(conversation) {}

  // Decides about the stage that the dialogue is at.
  net::Task<restrictions::Decision> Decide();

 private:
  // What the views in the facts look at.
  struct Words {
    std::string server_address;
    std::string recipient;
    std::string client_name;
    std::string reverse_client_name;
  };

  // Asks our tables for the sender and the recipient.
  net::Task<absl::Status> FindListings(restrictions::Facts& facts);
  net::Task<> FindClientName(restrictions::Facts& facts, Words& words);
  void AddSession(restrictions::Facts& facts, Words& words) const;
  void AddTransaction(restrictions::Facts& facts) const;
  void AddRecipient(restrictions::Facts& facts, Words& words) const;
  const smtp::Reply* DeferralBefore(restrictions::Stage stage) const;
  void Keep(restrictions::Decision& decision);
  void Report(const restrictions::Facts& facts,
              const restrictions::Decision& decision) const;

  Conversation& conversation_;
  // What the stages before RCPT left behind.
  std::array<std::optional<smtp::Reply>, 3> deferrals_;
  std::array<restrictions::MessageActions, 2> actions_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CHECKS_H_
