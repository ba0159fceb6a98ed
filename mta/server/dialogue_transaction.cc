// The part of dialogue.h that takes a message from MAIL to its 250.

#include <utility>

#include "absl/strings/str_cat.h"
#include "mta/server/dialogue.h"
#include "mta/server/problem_reply.h"

namespace postern::mta::server {

using restrictions::Stage;
using smtp::DataReader;
using smtp::Reply;
using Next = Step::Next;

Step Dialogue::Mail() {
  if (rules_.helo_required && helo_name_.empty()) {
    return Say({503, "5.5.1", "Error: send HELO/EHLO first"});
  }
  if (transaction_) return Say({503, "5.5.1", "Error: nested MAIL command"});
  if (command_.size_bytes > rules_.message_size_limit_bytes) {
    return Say({552, "5.3.4", "Message size exceeds fixed limit"});
  }
  return {Next::kOpen, {}};
}

Step Dialogue::OnOpen(const absl::StatusOr<std::string>& queue_id) {
  if (!queue_id.ok()) {  // Our fault: not an error of the client's.
    return {Next::kGoOn, smtp::ReplyFor(queue_id.status())};
  }
  transaction_.emplace(
      command_, Transaction::Names{absl::StrCat(session_, ".", ++transactions_),
                                   *queue_id});
  has_refused_recipient_ = false;
  return Ask(Stage::kSender);
}

Step Dialogue::Recipient() {
  if (!transaction_) return Say({503, "5.5.1", "Error: need MAIL command"});
  if (transaction_->recipients().size() >= rules_.recipient_limit) {
    return Say({452, "4.5.3", "Error: too many recipients"});
  }
  // <postmaster> is ours (RFC 5321 section 4.5.1).
  if (command_.address.domain.empty()) {
    command_.address.domain = rules_.myhostname;
  }
  return Ask(Stage::kRecipient);
}

Step Dialogue::Data() {
  if (!transaction_) return Say({503, "5.5.1", "Error: need MAIL command"});
  if (transaction_->recipients().empty()) {
    if (has_refused_recipient_) {
      return Say({554, "5.5.1", "Error: no valid recipients"});
    }
    return Say({503, "5.5.1", "Error: need RCPT command"});
  }
  return Ask(Stage::kData);
}

Step Dialogue::OnContent(DataReader::Problem problem) {
  if (problem == DataReader::Problem::kNone) return Ask(Stage::kEndOfData);
  transaction_.reset();
  if (problem == DataReader::Problem::kBareNewline &&
      rules_.disconnect_on_bare_newline) {
    return Close({521, "5.5.2", "Error: bare <CR> or <LF> received"});
  }
  return Say(ReplyToProblem(problem));
}

Step Dialogue::OnStored(const absl::Status& stored) {
  if (!stored.ok()) {
    transaction_.reset();
    return {Next::kGoOn, smtp::ReplyFor(stored)};
  }
  Reply reply{250, "2.0.0",
              absl::StrCat("Ok: queued as ", transaction_->queue_id())};
  transaction_.reset();
  errors_ = 0;
  idle_commands_ = 0;
  return Say(std::move(reply));
}

}  // namespace postern::mta::server
