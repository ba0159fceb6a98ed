// One MAIL … DATA: the envelope of a message while it is being received.
//
//   Transaction transaction(sender, declared_size, body_8bitmime, "x1.1");
//   transaction.Add(recipient, {"X-Greylist: delayed"});
//   spool::v1::Envelope envelope = transaction.ToEnvelope();
//
// Threads: one at a time; pure.
// Limits:  kMaxHeaders headers to be put in front of the message; more are
//          dropped with a line in the log.

#ifndef POSTERN_MTA_SERVER_TRANSACTION_H_
#define POSTERN_MTA_SERVER_TRANSACTION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "lib/mail/address.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::server {

class Transaction {
 public:
  static constexpr size_t kMaxHeaders = 100;

  // `instance` names the transaction among all others, for policy services.
  Transaction(const mail::Address& sender, int64_t declared_bytes,
              bool body_8bitmime, std::string instance);

  // Adds a recipient, once however often it is given (MTA-45), and the headers
  // that policy services want in front of the message.
  void Add(const mail::Address& recipient, std::vector<std::string> headers);

  // The sender's address without brackets; empty: the null sender.
  const std::string& sender() const { return sender_; }
  int64_t declared_bytes() const { return declared_bytes_; }
  const std::string& instance() const { return instance_; }
  const std::vector<std::string>& recipients() const { return recipients_; }
  const std::vector<std::string>& headers() const { return headers_; }

  // Returns what the spool keeps of it; the session adds the client.
  spool::v1::Envelope ToEnvelope() const;

 private:
  std::string sender_;
  int64_t declared_bytes_;
  bool body_8bitmime_;
  std::string instance_;
  std::vector<std::string> recipients_;
  absl::flat_hash_set<std::string> known_;  // The same, with domains folded.
  std::vector<std::string> headers_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TRANSACTION_H_
