// One message over one connection, as a plan: which commands to send, and what
// each reply to them means for whom.
//
// There is no socket here: the session (session.h) sends the commands, alone or
// many at a time, and hands the replies in, in order. Afterwards every
// recipient has exactly one outcome.
//
//   Transaction t(parcel, extensions, /*reset_first=*/false, relay);
//   for (size_t i = 0; i < t.size(); ++i) {
//     t.AppendCommand(i, wire);             // "MAIL FROM:<…> SIZE=4711\r\n"
//     …
//     if (!t.Take(i, reply)) Close();       // no reply that makes sense
//   }
//   if (t.wants_content()) …
//
// Source:  RFC 5321 section 3.3 and 4.3.2; RFC 1870 section 6.1 (a message that
//          is larger than the server's limit is not sent at all); RFC 2920
//          section 3.1 (DATA went out before the replies to RCPT were known);
//          RFC 3461 section 5.2 (who reports), RFC 6531 section 3.2 (what needs
//          SMTPUTF8 fails with 5.6.7 where there is none), RFC 8689 section
//          4.2.1 (what needs REQUIRETLS fails with 5.7.30; a report, that has
//          the null sender, goes out all the same).
// Threads: one session.
// Limits:  an address that could break a command line (a control character,
//          what is no UTF-8, more than 1000 bytes) is failed here and never
//          sent (MTA-33).

#ifndef POSTERN_MTA_OUTBOUND_TRANSACTION_H_
#define POSTERN_MTA_OUTBOUND_TRANSACTION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mta/outbound/parcel.h"
#include "mta/queue/courier.h"
#include "mta/smtp/extension.h"
#include "mta/smtp/reply.h"

namespace postern::mta::outbound {

class Transaction {
 public:
  // `parcel` must outlive the transaction. `reset_first`: the server has a
  // transaction open; begin with RSET.
  Transaction(const Parcel& parcel, const smtp::Extensions& extensions,
              bool reset_first, absl::string_view relay);

  // The number of commands; 0 if there is nothing that could be sent.
  size_t size() const { return commands_.size(); }

  // Appends command `i` with its CR LF.
  void AppendCommand(size_t i, std::string& wire) const;

  // Returns the command in words: "RCPT TO".
  absl::string_view NameOf(size_t i) const;

  // Tells whether the replies so far leave command `i` without a use: RCPT
  // after a refused MAIL, DATA with no recipient left.
  bool IsPointless(size_t i) const;

  // Takes the reply to command `i`. False: the server makes no sense or takes
  // leave (421); close the connection.
  bool Take(size_t i, const smtp::Reply& reply);

  // The server waits for content, and there are recipients for it.
  bool wants_content() const { return go_ahead_ && accepted_ > 0; }
  // The server waits for content, but nobody is to get it: send the dot alone.
  bool wants_empty_end() const { return go_ahead_ && accepted_ == 0; }
  // The server still has the transaction open: RSET before the next one.
  bool is_open() const { return mail_accepted_ && !go_ahead_; }

  // Takes the reply to the end of data, for all accepted recipients. False as
  // in Take().
  bool TakeFinal(const smtp::Reply& reply);

  // LMTP (RFC 2033 section 4.2): there is a reply for each accepted recipient,
  // in their order.
  bool awaits_final() const { return accepted_ > 0; }
  // Takes the next one. False as in Take().
  bool TakeNextFinal(const smtp::Reply& reply);

  // Gives everybody who has no outcome yet this one.
  void SettleRest(const queue::Outcome& outcome);

  // Returns the outcomes, in the parcel's order. Once.
  std::vector<queue::Outcome> TakeOutcomes();

 private:
  enum class Kind { kReset, kMail, kRcpt, kData };
  struct Command {
    Kind kind;
    size_t recipient = 0;
  };
  enum class State { kOpen, kAccepted, kSettled };

  void SettleUnsendable(const smtp::Extensions& extensions);
  void SettleUnsendableAddresses();
  // The address as this server may be told it; nullopt: it may not.
  std::optional<std::string> OnWire(absl::string_view address) const;
  void AppendMail(std::string& wire) const;
  void AppendRcpt(size_t recipient, std::string& wire) const;
  queue::Outcome NoSmtpUtf8() const;
  void Settle(size_t recipient, const queue::Outcome& outcome);
  bool TakeMail(const smtp::Reply& reply);
  bool TakeRcpt(size_t recipient, const smtp::Reply& reply);
  bool TakeData(const smtp::Reply& reply);

  const Parcel& parcel_;
  const bool with_size_;
  const bool with_body_;
  const bool with_utf8_;
  const bool with_dsn_;
  const bool with_tls_;
  const bool with_auth_;
  const std::string relay_;
  std::vector<Command> commands_;
  std::vector<State> states_;
  std::vector<queue::Outcome> outcomes_;
  size_t open_ = 0;      // Recipients without a reply.
  size_t accepted_ = 0;  // Recipients whose RCPT was accepted.
  bool mail_refused_ = false;
  bool mail_accepted_ = false;
  bool go_ahead_ = false;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_TRANSACTION_H_
