#include "mta/outbound/transaction.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/mail/address.h"
#include "lib/mail/utf8.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kMaxAddressBytes = 1000;

bool IsSendable(absl::string_view address) {
  return address.size() <= kMaxAddressBytes && mail::IsUtf8Text(address);
}

// Tells whether the message is one for SMTPUTF8: its client said so, or
// rewriting has led to an address beyond ASCII.
bool IsUtf8(const Parcel& parcel) {
  return parcel.smtputf8 || !mail::IsAscii(parcel.sender) ||
         !absl::c_all_of(parcel.recipients, mail::IsAscii);
}

// What a server may answer: done, not now, never. Anything else, and a
// farewell, ends the session.
bool IsUsual(const smtp::Reply& reply) {
  return reply.code != 421 &&
         (reply.kind() == 2 || reply.kind() == 4 || reply.kind() == 5);
}

}  // namespace

Transaction::Transaction(const Parcel& parcel,
                         const smtp::Extensions& extensions, bool reset_first,
                         absl::string_view relay)
    : parcel_(parcel),
      with_size_(extensions.size && parcel.content != nullptr),
      with_body_(extensions.eight_bit_mime && parcel.body_8bitmime),
      with_utf8_(extensions.smtputf8 && IsUtf8(parcel)),
      with_dsn_(extensions.dsn),
      with_tls_(extensions.requiretls && parcel.requiretls),
      with_auth_(!extensions.auth_mechanisms.empty()),
      relay_(relay),
      states_(parcel.recipients.size(), State::kOpen),
      outcomes_(parcel.recipients.size()),
      open_(parcel.recipients.size()) {
  SettleUnsendable(extensions);
  if (open_ == 0) return;
  commands_.reserve(open_ + 3);
  if (reset_first) commands_.push_back({Kind::kReset});
  commands_.push_back({Kind::kMail});
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i] == State::kOpen) commands_.push_back({Kind::kRcpt, i});
  }
  if (parcel_.content != nullptr) commands_.push_back({Kind::kData});
}

void Transaction::SettleUnsendable(const smtp::Extensions& extensions) {
  const int64_t size =
      parcel_.content == nullptr ? 0 : parcel_.content->size_bytes();
  if (extensions.size_limit_bytes > 0 && size > extensions.size_limit_bytes) {
    SettleRest(Failed(
        "5.3.4",
        absl::StrCat("message size ", size, " exceeds size limit ",
                     extensions.size_limit_bytes, " of server ", relay_)));
  }
  if (parcel_.requiretls && !with_tls_ && !parcel_.sender.empty()) {
    SettleRest(Failed("5.7.30", absl::StrCat("REQUIRETLS is required, but was "
                                             "not offered by host ",
                                             relay_)));
  }
  if (parcel_.has_utf8_header && !with_utf8_) SettleRest(NoSmtpUtf8());
  SettleUnsendableAddresses();
}

void Transaction::SettleUnsendableAddresses() {
  if (!IsSendable(parcel_.sender)) {
    SettleRest(Failed("5.1.7", "the sender's address cannot be sent"));
  } else if (!OnWire(parcel_.sender)) {
    SettleRest(NoSmtpUtf8());
  }
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!IsSendable(parcel_.recipients[i])) {
      Settle(i, Failed("5.1.3", "the recipient's address cannot be sent"));
    } else if (!OnWire(parcel_.recipients[i])) {
      Settle(i, NoSmtpUtf8());
    }
  }
}

queue::Outcome Transaction::NoSmtpUtf8() const {
  return Failed(
      "5.6.7",
      absl::StrCat("SMTPUTF8 is required, but was not offered by host ",
                   relay_));
}

std::optional<std::string> Transaction::OnWire(
    absl::string_view address) const {
  if (with_utf8_) return std::string(address);
  return mail::AsciiAddress(address);
}

void Transaction::AppendCommand(size_t i, std::string& wire) const {
  switch (commands_[i].kind) {
    case Kind::kReset:
      wire += "RSET\r\n";
      return;
    case Kind::kMail:
      AppendMail(wire);
      return;
    case Kind::kRcpt:
      AppendRcpt(commands_[i].recipient, wire);
      return;
    case Kind::kData:
      wire += "DATA\r\n";
      return;
  }
}

void Transaction::AppendMail(std::string& wire) const {
  absl::StrAppend(&wire, "MAIL FROM:<", *OnWire(parcel_.sender), ">");
  if (with_size_) {
    absl::StrAppend(&wire, " SIZE=", parcel_.content->size_bytes());
  }
  absl::StrAppend(&wire, with_body_ ? " BODY=8BITMIME" : "",
                  with_utf8_ ? " SMTPUTF8" : "", with_tls_ ? " REQUIRETLS" : "",
                  with_dsn_ ? parcel_.mail_dsn : "",
                  with_auth_ ? " AUTH=<>" : "", "\r\n");
}

void Transaction::AppendRcpt(size_t recipient, std::string& wire) const {
  absl::StrAppend(&wire, "RCPT TO:<", *OnWire(parcel_.recipients[recipient]),
                  ">");
  if (with_dsn_ && !parcel_.rcpt_dsn.empty()) {
    wire += parcel_.rcpt_dsn[recipient];
  }
  wire += "\r\n";
}

absl::string_view Transaction::NameOf(size_t i) const {
  switch (commands_[i].kind) {
    case Kind::kReset:
      return "RSET";
    case Kind::kMail:
      return "MAIL FROM";
    case Kind::kRcpt:
      return "RCPT TO";
    case Kind::kData:
      return "DATA";
  }
  return "";
}

bool Transaction::IsPointless(size_t i) const {
  return mail_refused_ || (commands_[i].kind == Kind::kData && accepted_ == 0);
}

bool Transaction::Take(size_t i, const smtp::Reply& reply) {
  switch (commands_[i].kind) {
    case Kind::kReset:
      if (reply.kind() == 2) return true;
      SettleRest(
          Deferred(Cause::kProtocol, "4.5.0",
                   absl::StrCat(relay_, " refused RSET: ", reply.ToString())));
      return false;
    case Kind::kMail:
      return TakeMail(reply);
    case Kind::kRcpt:
      return TakeRcpt(commands_[i].recipient, reply);
    case Kind::kData:
      return TakeData(reply);
  }
  return false;
}

bool Transaction::TakeMail(const smtp::Reply& reply) {
  mail_accepted_ = reply.kind() == 2;
  mail_refused_ = !mail_accepted_;
  if (mail_refused_) SettleRest(OutcomeOf(reply, relay_, Cause::kMail));
  return IsUsual(reply);
}

bool Transaction::TakeRcpt(size_t recipient, const smtp::Reply& reply) {
  if (states_[recipient] == State::kOpen) {
    if (reply.kind() == 2 && parcel_.content != nullptr) {
      states_[recipient] = State::kAccepted;
      --open_;
      ++accepted_;
    } else {
      Settle(recipient, OutcomeOf(reply, relay_, Cause::kRcpt));
    }
  }
  return IsUsual(reply);
}

bool Transaction::TakeData(const smtp::Reply& reply) {
  go_ahead_ = reply.kind() == 3;
  if (go_ahead_) return true;
  if (reply.kind() == 2) {
    SettleRest(Deferred(Cause::kProtocol, "4.5.0",
                        absl::StrCat(relay_,
                                     " makes no sense: it answered "
                                     "DATA with ",
                                     reply.ToString())));
    return false;
  }
  SettleRest(OutcomeOf(reply, relay_, Cause::kData));
  return IsUsual(reply);
}

bool Transaction::TakeFinal(const smtp::Reply& reply) {
  queue::Outcome outcome = OutcomeOf(reply, relay_, Cause::kData);
  outcome.handover = with_dsn_ ? queue::Outcome::Handover::kPassedOn
                               : queue::Outcome::Handover::kRelayed;
  SettleRest(outcome);
  return IsUsual(reply);
}

bool Transaction::TakeNextFinal(const smtp::Reply& reply) {
  queue::Outcome outcome = OutcomeOf(reply, relay_, Cause::kData);
  // It is in a mailbox, unless the server wants to report on it itself.
  outcome.handover = with_dsn_ ? queue::Outcome::Handover::kPassedOn
                               : queue::Outcome::Handover::kMailbox;
  const auto next = absl::c_find(states_, State::kAccepted);
  Settle(next - states_.begin(), outcome);
  return IsUsual(reply);
}

void Transaction::Settle(size_t recipient, const queue::Outcome& outcome) {
  State& state = states_[recipient];
  if (state == State::kSettled) return;
  if (state == State::kOpen) --open_;
  if (state == State::kAccepted) --accepted_;
  state = State::kSettled;
  outcomes_[recipient] = outcome;
}

void Transaction::SettleRest(const queue::Outcome& outcome) {
  for (size_t i = 0; i < states_.size(); ++i) Settle(i, outcome);
}

std::vector<queue::Outcome> Transaction::TakeOutcomes() {
  return std::move(outcomes_);
}

}  // namespace postern::mta::outbound
