#include "mta/outbound/transaction.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kMaxAddressBytes = 1000;

bool IsSendable(absl::string_view address) {
  return address.size() <= kMaxAddressBytes &&
         absl::c_none_of(address,
                         [](unsigned char c) { return c < ' ' || c > '~'; });
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
  if (!IsSendable(parcel_.sender)) {
    SettleRest(Failed("5.1.7", "the sender's address cannot be sent"));
  }
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!IsSendable(parcel_.recipients[i])) {
      Settle(i, Failed("5.1.3", "the recipient's address cannot be sent"));
    }
  }
}

void Transaction::AppendCommand(size_t i, std::string& wire) const {
  switch (commands_[i].kind) {
    case Kind::kReset:
      wire += "RSET\r\n";
      return;
    case Kind::kMail:
      absl::StrAppend(&wire, "MAIL FROM:<", parcel_.sender, ">");
      if (with_size_) {
        absl::StrAppend(&wire, " SIZE=", parcel_.content->size_bytes());
      }
      absl::StrAppend(&wire, with_body_ ? " BODY=8BITMIME\r\n" : "\r\n");
      return;
    case Kind::kRcpt:
      absl::StrAppend(&wire, "RCPT TO:<",
                      parcel_.recipients[commands_[i].recipient], ">\r\n");
      return;
    case Kind::kData:
      wire += "DATA\r\n";
      return;
  }
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
      SettleRest(Deferred(
          "4.5.0", absl::StrCat(relay_, " refused RSET: ", reply.ToString())));
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
  if (mail_refused_) SettleRest(OutcomeOf(reply, relay_));
  return IsUsual(reply);
}

bool Transaction::TakeRcpt(size_t recipient, const smtp::Reply& reply) {
  if (states_[recipient] == State::kOpen) {
    if (reply.kind() == 2 && parcel_.content != nullptr) {
      states_[recipient] = State::kAccepted;
      --open_;
      ++accepted_;
    } else {
      Settle(recipient, OutcomeOf(reply, relay_));
    }
  }
  return IsUsual(reply);
}

bool Transaction::TakeData(const smtp::Reply& reply) {
  go_ahead_ = reply.kind() == 3;
  if (go_ahead_) return true;
  if (reply.kind() == 2) {
    SettleRest(Deferred("4.5.0", absl::StrCat(relay_,
                                              " makes no sense: it answered "
                                              "DATA with ",
                                              reply.ToString())));
    return false;
  }
  SettleRest(OutcomeOf(reply, relay_));
  return IsUsual(reply);
}

bool Transaction::TakeFinal(const smtp::Reply& reply) {
  SettleRest(OutcomeOf(reply, relay_));
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
