// One MAIL … DATA: the envelope of a message while it is being received.
//
//   Transaction transaction(mail_command, {"x1.1", queue_id});
//   transaction.Add(rcpt_command);
//   transaction.Act(std::move(decision.actions));
//   spool::v1::Envelope envelope = transaction.ToEnvelope();
//
// Threads: one at a time; pure.

#ifndef POSTERN_MTA_SERVER_TRANSACTION_H_
#define POSTERN_MTA_SERVER_TRANSACTION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "lib/mail/address.h"
#include "mta/restrictions/message_actions.h"
#include "mta/smtp/command.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::server {

class Transaction {
 public:
  struct Recipient {
    std::string address;  // Without brackets.
    smtp::RcptParameters parameters;
  };
  struct Names {
    // Tells the transaction from all others, for policy services.
    std::string instance;
    // Of the message, known from MAIL on.
    std::string queue_id;
  };

  Transaction(const smtp::Command& mail, Names names);

  // Adds the recipient that a RCPT names, once however often it is given
  // (MTA-45).
  void Add(const smtp::Command& rcpt);
  // Adds what the restrictions want done with the message.
  void Act(restrictions::MessageActions actions);

  const mail::Address& sender_address() const { return sender_address_; }
  // The same without brackets; empty: the null sender.
  const std::string& sender() const { return sender_; }
  // All that MAIL said.
  const smtp::MailParameters& mail() const { return mail_; }
  int64_t declared_bytes() const { return mail_.size_bytes; }
  const std::string& instance() const { return names_.instance; }
  const std::string& queue_id() const { return names_.queue_id; }
  const std::vector<Recipient>& recipients() const { return recipients_; }
  const restrictions::MessageActions& actions() const { return actions_; }

  // What XFORWARD told of the client that the message comes from.
  const smtp::ClientAttributes& forwarded() const { return forwarded_; }
  void set_forwarded(smtp::ClientAttributes forwarded) {
    forwarded_ = std::move(forwarded);
  }

  // The content that has come; final once it has all come.
  int64_t content_bytes() const { return content_bytes_; }
  void set_content_bytes(int64_t bytes) { content_bytes_ = bytes; }
  // Counts a chunk: from then on there is no DATA and no RCPT (MTA-16).
  void AddChunk(int64_t bytes);
  bool has_chunks() const { return has_chunks_; }

  // Returns what the spool keeps of it; the session adds the client.
  spool::v1::Envelope ToEnvelope() const;

 private:
  mail::Address sender_address_;
  std::string sender_;
  smtp::MailParameters mail_;
  Names names_;
  std::vector<Recipient> recipients_;
  absl::flat_hash_set<std::string> known_;  // The same, with domains folded.
  restrictions::MessageActions actions_;
  smtp::ClientAttributes forwarded_;
  int64_t content_bytes_ = 0;
  bool has_chunks_ = false;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TRANSACTION_H_
