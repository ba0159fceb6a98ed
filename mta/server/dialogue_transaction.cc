// The part of dialogue.h that takes a message from MAIL to its 250.

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/mail/utf8.h"
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
  // RFC 9422 section 4.1: each counts, also those that are refused.
  if (rules_.message_limit > 0 && ++mail_commands_ > rules_.message_limit) {
    return Close(
        {421, "4.7.0",
         absl::StrCat(rules_.myhostname, " Error: too many messages")});
  }
  if (command_.mail.size_bytes > rules_.message_size_limit_bytes) {
    return Say({552, "5.3.4", "Message size exceeds fixed limit"});
  }
  // RFC 4954 section 5: nobody is believed who has not said who he is.
  if (!auth_) command_.mail.auth.reset();
  return {Next::kOpen, {}};
}

Step Dialogue::OnOpen(const absl::StatusOr<std::string>& queue_id) {
  if (!queue_id.ok()) {  // Our fault: not an error of the client's.
    return {Next::kGoOn, smtp::ReplyFor(queue_id.status())};
  }
  transaction_.emplace(
      command_,
      Transaction::Names{
          absl::StrCat(connection_.session, ".", ++transactions_), *queue_id});
  transaction_->set_forwarded(std::exchange(forwarded_, {}));
  has_refused_recipient_ = false;
  return Ask(Stage::kSender);
}

Step Dialogue::Recipient() {
  if (!transaction_) return Say({503, "5.5.1", "Error: need MAIL command"});
  if (transaction_->has_chunks()) {
    return Say({503, "5.5.1", "Error: RCPT after BDAT"});
  }
  if (!transaction_->mail().smtputf8 &&
      !mail::IsAscii(command_.address.ToString())) {  // MTA-43.
    return Say({553, "5.6.7", "Address needs SMTPUTF8"});
  }
  if (transaction_->recipients().size() >= rules_.recipient_limit) {
    return Say({452, "4.5.3", "Error: too many recipients"});
  }
  // <postmaster> is ours (RFC 5321 section 4.5.1).
  if (command_.address.domain.empty()) {
    command_.address.domain = rules_.myhostname;
  }
  return Ask(Stage::kRecipient);
}

std::optional<Reply> Dialogue::ContentRefusal() const {
  if (!transaction_) return Reply{503, "5.5.1", "Error: need MAIL command"};
  if (!transaction_->recipients().empty()) return std::nullopt;
  if (has_refused_recipient_) {
    return Reply{554, "5.5.1", "Error: no valid recipients"};
  }
  return Reply{503, "5.5.1", "Error: need RCPT command"};
}

Step Dialogue::Data() {
  std::optional<Reply> refusal = ContentRefusal();
  if (refusal) return Say(*std::move(refusal));
  if (transaction_->has_chunks()) {  // MTA-16.
    return Say({503, "5.5.1", "Error: DATA after BDAT"});
  }
  return Ask(Stage::kData);
}

Step Dialogue::Chunk() {
  const int64_t bytes = command_.chunk_bytes;
  chunk_refusal_.reset();
  if (bytes == std::numeric_limits<int64_t>::max()) {  // MTA-11.
    return Close({552, "5.3.4", "Error: chunk too big"});
  }
  if (bytes < kSmallChunkBytes && !command_.is_last_chunk &&
      ++idle_commands_ > kMaxIdleCommands) {
    return TooManyCommands();
  }
  if (!Offered().chunking) {
    return SkipChunk({502, "5.5.1", "Error: command not implemented"});
  }
  std::optional<Reply> refusal = ContentRefusal();
  if (refusal) return SkipChunk(*std::move(refusal));
  if (bytes > rules_.message_size_limit_bytes - transaction_->content_bytes()) {
    return SkipChunk({552, "5.3.4", "Error: message file too big"});
  }
  if (!transaction_->has_chunks()) return Ask(Stage::kData);
  return {Next::kChunk, {}};
}

Step Dialogue::SkipChunk(Reply refusal) {
  // The client may already have sent more of them: whatever follows belongs to
  // no message (MTA-13).
  transaction_.reset();
  chunk_refusal_ = std::move(refusal);
  return {Next::kChunk, {}};
}

Step Dialogue::OnChunk(DataReader::Problem problem) {
  if (chunk_refusal_) return Say(*std::exchange(chunk_refusal_, std::nullopt));
  transaction_->AddChunk(command_.chunk_bytes);
  if (command_.is_last_chunk || problem != DataReader::Problem::kNone) {
    return OnContent(problem, transaction_->content_bytes());
  }
  return Say(
      {250, "2.0.0", absl::StrCat("Ok: ", command_.chunk_bytes, " bytes")});
}

Step Dialogue::OnContent(DataReader::Problem problem, int64_t bytes) {
  transaction_->set_content_bytes(bytes);
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
    Reply reply = smtp::ReplyFor(stored);
    if (reply.kind() == 5) return Say(std::move(reply));
    return {Next::kGoOn, std::move(reply)};  // Our fault.
  }
  Reply reply{250, "2.0.0",
              absl::StrCat("Ok: queued as ", transaction_->queue_id())};
  transaction_.reset();
  errors_ = 0;
  idle_commands_ = 0;
  return Say(std::move(reply));
}

}  // namespace postern::mta::server
