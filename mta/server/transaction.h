// One MAIL … DATA: the envelope of a message while it is being received.
//
//   Transaction transaction(mail_command, {"x1.1", queue_id});
//   transaction.Add(recipient);
//   transaction.Act(std::move(decision.actions));
//   spool::v1::Envelope envelope = transaction.ToEnvelope();
//
// Threads: one at a time; pure.

#ifndef POSTERN_MTA_SERVER_TRANSACTION_H_
#define POSTERN_MTA_SERVER_TRANSACTION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "lib/mail/address.h"
#include "mta/restrictions/message_actions.h"
#include "mta/smtp/command.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::server {

class Transaction {
 public:
  struct Names {
    // Tells the transaction from all others, for policy services.
    std::string instance;
    // Of the message, known from MAIL on.
    std::string queue_id;
  };

  Transaction(const smtp::Command& mail, Names names);

  // Adds a recipient, once however often it is given (MTA-45).
  void Add(const mail::Address& recipient);
  // Adds what the restrictions want done with the message.
  void Act(restrictions::MessageActions actions);

  const mail::Address& sender_address() const { return sender_address_; }
  // The same without brackets; empty: the null sender.
  const std::string& sender() const { return sender_; }
  int64_t declared_bytes() const { return declared_bytes_; }
  const std::string& instance() const { return names_.instance; }
  const std::string& queue_id() const { return names_.queue_id; }
  const std::vector<std::string>& recipients() const { return recipients_; }
  const restrictions::MessageActions& actions() const { return actions_; }

  // Returns what the spool keeps of it; the session adds the client.
  spool::v1::Envelope ToEnvelope() const;

 private:
  mail::Address sender_address_;
  std::string sender_;
  int64_t declared_bytes_;
  bool body_8bitmime_;
  Names names_;
  std::vector<std::string> recipients_;
  absl::flat_hash_set<std::string> known_;  // The same, with domains folded.
  restrictions::MessageActions actions_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TRANSACTION_H_
