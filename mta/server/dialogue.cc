#include "mta/server/dialogue.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mta/smtp/extension.h"

namespace postern::mta::server {
namespace {

using restrictions::Decision;
using smtp::Command;
using smtp::DataReader;
using smtp::Reply;
using smtp::Verb;
using Next = Step::Next;

// Commands of extensions that we do not offer: known, so 502 and not 500.
constexpr absl::string_view kNotOffered[] = {
    "STARTTLS", "AUTH", "BDAT", "EXPN", "ETRN", "TURN", "SEND", "SAML", "SOML"};
// A web browser that was led here, with somebody else's words in its request.
constexpr absl::string_view kForbidden[] = {"GET",     "POST", "PUT",
                                            "CONNECT", "HEAD", "OPTIONS"};

template <typename Words>
bool IsOneOf(absl::string_view word, const Words& words) {
  for (const absl::string_view known : words) {
    if (absl::EqualsIgnoreCase(word, known)) return true;
  }
  return false;
}

// RFC 2920 section 3.1: the client must wait for the answer to these.
bool EndsItsGroup(Verb verb) {
  switch (verb) {
    case Verb::kHelo:
    case Verb::kEhlo:
    case Verb::kData:
    case Verb::kNoop:
    case Verb::kVrfy:
    case Verb::kHelp:
      return true;
    default:
      return false;
  }
}

Reply ReplyToProblem(DataReader::Problem problem) {
  switch (problem) {
    case DataReader::Problem::kTooManyHops:
      return {554, "5.4.6", "Error: too many hops"};
    case DataReader::Problem::kHeaderTooLarge:
      return {552, "5.3.4", "Error: message header is too large"};
    case DataReader::Problem::kTooLarge:
      return {552, "5.3.4", "Error: message file too big"};
    case DataReader::Problem::kLineTooLong:
      return {550, "5.6.0", "Error: message has a line that is too long"};
    case DataReader::Problem::kNul:
      return {550, "5.6.0", "Error: message contains NUL"};
    case DataReader::Problem::kBareNewline:
      return {550, "5.6.11", "Error: bare <CR> or <LF> received"};
    case DataReader::Problem::kNone:
      break;
  }
  return {451, "4.3.0", "Error: queue file write error"};
}

}  // namespace

Dialogue::Dialogue(const DialogueRules& rules, std::string session)
    : rules_(rules), session_(std::move(session)) {}

Reply Dialogue::Greeting() const {
  return {220, "", absl::StrCat(rules_.myhostname, " ESMTP Postern")};
}

Reply Dialogue::TooEarly() const {
  return {554, "5.5.0", "Error: SMTP protocol synchronization"};
}

Reply Dialogue::TooSlow() const {
  return {421, "4.4.2",
          absl::StrCat(rules_.myhostname, " Error: timeout exceeded")};
}

Reply Dialogue::Stopping() const {
  return {421, "4.3.2",
          absl::StrCat(rules_.myhostname, " Service not available, closing")};
}

Step Dialogue::Close(Reply reply) const {
  return {Next::kClose, std::move(reply)};
}

Step Dialogue::Say(Reply reply) {
  // A policy service may say so (RFC 5321 section 3.8, RFC 7504).
  if (reply.code == 421 || reply.code == 521) return Close(std::move(reply));
  if (!reply.is_positive() && ++errors_ >= rules_.hard_error_limit) {
    return Close({421, "4.7.0",
                  absl::StrCat(rules_.myhostname, " Error: too many errors")});
  }
  return {Next::kGoOn, std::move(reply)};
}

Step Dialogue::Idle(Reply reply) {
  if (++idle_commands_ > kMaxIdleCommands) {
    return Close(
        {421, "4.7.0",
         absl::StrCat(rules_.myhostname, " Error: too many commands")});
  }
  return Say(std::move(reply));
}

Step Dialogue::OnLine(const net::Line& line, bool has_more_input) {
  command_ = Command();
  switch (line.kind) {
    case net::Line::Kind::kEndless:
      return Close({500, "5.5.2", "Error: line too long"});
    case net::Line::Kind::kTooLong:
      return Say({500, "5.5.2", "Error: line too long"});
    case net::Line::Kind::kBareLf:
      // MTA-06: neither ends a command.
      if (absl::StrContains(line.text, '\n')) {
        return Say({500, "5.5.2", "Error: bare <LF> received"});
      }
      return Say({501, "5.5.2", "Error: bare <CR> received"});
    case net::Line::Kind::kText:
      break;
  }
  if (absl::StrContains(line.text, '\0')) {  // MTA-25.
    return Close({501, "5.5.2", "Error: NUL received"});
  }
  command_.verb = smtp::VerbOf(line.text);
  if (has_more_input && EndsItsGroup(command_.verb)) {  // MTA-10.
    return Close(TooEarly());
  }
  absl::StatusOr<Command> command = smtp::ParseCommand(line.text);
  if (!command.ok()) return Say(smtp::ReplyFor(command.status()));
  command_ = *std::move(command);
  return OnCommand();
}

Step Dialogue::OnCommand() {
  switch (command_.verb) {
    case Verb::kHelo:
    case Verb::kEhlo:
      return Hello();
    case Verb::kMail:
      return Mail();
    case Verb::kRcpt:
      return Recipient();
    case Verb::kData:
      return Data();
    case Verb::kRset:
      transaction_.reset();
      return Idle({250, "2.0.0", "Ok"});
    // MTA-15: none of these touches the transaction.
    case Verb::kNoop:
      return Idle({250, "2.0.0", "Ok"});
    case Verb::kVrfy:
      return Idle({252, "2.0.0", "Send some mail, I will try my best"});
    case Verb::kHelp:
      return Idle(
          {214, "2.0.0", "HELO EHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT"});
    case Verb::kQuit:
      return Close({221, "2.0.0", "Bye"});
    case Verb::kUnknown:
      return Unknown();
  }
  return Unknown();
}

Step Dialogue::Hello() {
  transaction_.reset();  // RFC 5321 section 4.1.4.
  helo_name_ = command_.argument;
  is_esmtp_ = command_.verb == Verb::kEhlo;
  if (!is_esmtp_) return Idle({250, "", rules_.myhostname});
  const smtp::Extensions ours = {
      .pipelining = true,
      .size = true,
      .size_limit_bytes = rules_.message_size_limit_bytes,
      .eight_bit_mime = true,
      .enhanced_status_codes = true};
  return Idle({250, "", smtp::EhloText(rules_.myhostname, ours)});
}

Step Dialogue::Mail() {
  if (helo_name_.empty()) {
    return Say({503, "5.5.1", "Error: send HELO/EHLO first"});
  }
  if (transaction_) return Say({503, "5.5.1", "Error: nested MAIL command"});
  if (command_.size_bytes > rules_.message_size_limit_bytes) {
    return Say({552, "5.3.4", "Message size exceeds fixed limit"});
  }
  return {Next::kSender, {}};
}

Step Dialogue::OnRoom(const absl::Status& room) {
  if (!room.ok()) {  // Our fault: not an error of the client's.
    return {Next::kGoOn, smtp::ReplyFor(room)};
  }
  transaction_.emplace(command_.address, command_.size_bytes,
                       command_.body_8bitmime,
                       absl::StrCat(session_, ".", ++transactions_));
  has_refused_recipient_ = false;
  return Say({250, "2.1.0", "Ok"});
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
  return {Next::kRecipient, {}};
}

Step Dialogue::OnDecision(Decision decision) {
  if (decision.refusal) {
    has_refused_recipient_ = true;
    return Say(*std::move(decision.refusal));
  }
  transaction_->Add(command_.address, std::move(decision.headers));
  return Say({250, "2.1.5", "Ok"});
}

Step Dialogue::Data() {
  if (!transaction_) return Say({503, "5.5.1", "Error: need MAIL command"});
  if (transaction_->recipients().empty()) {
    if (has_refused_recipient_) {
      return Say({554, "5.5.1", "Error: no valid recipients"});
    }
    return Say({503, "5.5.1", "Error: need RCPT command"});
  }
  return {Next::kMessage, {354, "", "End data with <CR><LF>.<CR><LF>"}};
}

Step Dialogue::OnBadMessage(DataReader::Problem problem) {
  transaction_.reset();
  if (problem == DataReader::Problem::kBareNewline &&
      rules_.disconnect_on_bare_newline) {
    return Close({521, "5.5.2", "Error: bare <CR> or <LF> received"});
  }
  return Say(ReplyToProblem(problem));
}

Step Dialogue::OnMessage(const absl::Status& stored,
                         absl::string_view queue_id) {
  transaction_.reset();
  if (!stored.ok()) return {Next::kGoOn, smtp::ReplyFor(stored)};
  errors_ = 0;
  idle_commands_ = 0;
  return Say({250, "2.0.0", absl::StrCat("Ok: queued as ", queue_id)});
}

Step Dialogue::Unknown() {
  const absl::string_view text = command_.argument;
  const absl::string_view word = text.substr(0, text.find(' '));
  if (IsOneOf(word, kForbidden)) {
    return Close({502, "5.7.0", "Error: this is a mail server"});
  }
  if (IsOneOf(word, kNotOffered)) {
    return Say({502, "5.5.1", "Error: command not implemented"});
  }
  return Say({500, "5.5.2", "Error: command not recognized"});
}

}  // namespace postern::mta::server
