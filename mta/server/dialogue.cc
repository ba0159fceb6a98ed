#include "mta/server/dialogue.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern::mta::server {
namespace {

using restrictions::Decision;
using restrictions::Stage;
using smtp::Command;
using smtp::DataReader;
using smtp::Reply;
using smtp::Verb;
using Next = Step::Next;

// Commands of extensions that we do not offer: known, so 502 and not 500.
constexpr absl::string_view kNotOffered[] = {"EXPN", "ETRN", "TURN",
                                             "SEND", "SAML", "SOML"};
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
    case Verb::kXclient:
    case Verb::kStartTls:  // MTA-17.
    case Verb::kAuth:
      return true;
    default:
      return false;
  }
}

}  // namespace

Dialogue::Dialogue(const DialogueRules& rules, Connection connection)
    : rules_(rules), connection_(std::move(connection)) {}

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
  if (++idle_commands_ > kMaxIdleCommands) return TooManyCommands();
  return Say(std::move(reply));
}

Step Dialogue::TooManyCommands() const {
  return Close({421, "4.7.0",
                absl::StrCat(rules_.myhostname, " Error: too many commands")});
}

Step Dialogue::Ask(Stage stage) {
  stage_ = stage;
  return {Next::kDecision, {}};
}

Step Dialogue::OnDecision(Decision decision) {
  if (transaction_) transaction_->Act(std::move(decision.actions));
  if (decision.refusal) return Refuse(*std::move(decision.refusal));
  switch (stage_) {
    case Stage::kConnect:
      return Greet();
    case Stage::kHelo:
      return Welcome();
    case Stage::kSender:
      return Say({250, "2.1.0", "Ok"});
    case Stage::kRecipient:
      if (!decision.is_for_nobody) transaction_->Add(command_);
      return Say({250, "2.1.5", "Ok"});
    case Stage::kData:
      if (command_.verb == Verb::kBdat) return {Next::kChunk, {}};
      return {Next::kContent, {354, "", "End data with <CR><LF>.<CR><LF>"}};
    case Stage::kEndOfData:
      return {Next::kStore, {}};
  }
  return {Next::kStore, {}};
}

Step Dialogue::Refuse(Reply reply) {
  switch (stage_) {
    case Stage::kConnect:
      is_denied_ = true;
      break;
    case Stage::kRecipient:
      has_refused_recipient_ = true;
      break;
    case Stage::kSender:
    case Stage::kEndOfData:  // MTA-14.
      transaction_.reset();
      break;
    case Stage::kData:
      if (command_.verb == Verb::kBdat) return SkipChunk(std::move(reply));
      break;
    case Stage::kHelo:
      break;
  }
  return Say(std::move(reply));
}

Step Dialogue::OnConnect() { return Ask(Stage::kConnect); }

Step Dialogue::Greet() { return Say({220, "", rules_.banner}); }

Step Dialogue::OnLine(const net::Line& line, bool has_more_input) {
  command_ = Command();
  if (is_authenticating_) return OnAuthLine(line, has_more_input);
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
  absl::StatusOr<Command> command = smtp::ParseCommand(line.text, Offered());
  if (!command.ok()) {
    Reply reply = smtp::ReplyFor(command.status());
    // MTA-11: how many bytes are content and no commands nobody can tell.
    if (command_.verb == Verb::kBdat || command_.verb == Verb::kXhandoff) {
      return Close(std::move(reply));
    }
    return Say(std::move(reply));
  }
  command_ = *std::move(command);
  return OnCommand();
}

Step Dialogue::OnCommand() {
  if (is_denied_ && command_.verb != Verb::kQuit) {
    // RFC 5321 section 3.1: after a greeting that refuses.
    Reply refusal{503, "5.7.0", "Error: access denied"};
    if (command_.verb == Verb::kXhandoff) {
      return RefuseHandoff(std::move(refusal));
    }
    return Say(std::move(refusal));
  }
  if (NeedsTls(command_.verb)) {
    Reply refusal{530, "5.7.0", "Must issue a STARTTLS command first"};
    if (command_.verb == Verb::kBdat) return SkipChunk(std::move(refusal));
    if (command_.verb == Verb::kXhandoff) {
      return RefuseHandoff(std::move(refusal));
    }
    return Say(std::move(refusal));
  }
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
    case Verb::kBdat:
      return Chunk();
    case Verb::kRset:
      transaction_.reset();
      return Idle({250, "2.0.0", "Ok"});
    // MTA-15: none of these touches the transaction.
    case Verb::kNoop:
      return Idle({250, "2.0.0", "Ok"});
    case Verb::kVrfy:
      return Verify();
    case Verb::kHelp:
      return Idle({214, "2.0.0",
                   "HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT"});
    case Verb::kAuth:
      return Auth();
    case Verb::kXclient:
      return Xclient();
    case Verb::kXforward:
      return Xforward();
    case Verb::kXhandoff:
      return Handoff();
    case Verb::kQuit:
      return Close({221, "2.0.0", "Bye"});
    case Verb::kStartTls:
      return StartTls();
    case Verb::kUnknown:
      return Unknown();
  }
  return Unknown();
}

Step Dialogue::Hello() { return Ask(Stage::kHelo); }

Step Dialogue::Welcome() {
  transaction_.reset();  // RFC 5321 section 4.1.4.
  helo_name_ = command_.argument;
  is_esmtp_ = command_.verb == Verb::kEhlo;
  if (!is_esmtp_) return Idle({250, "", rules_.myhostname});
  return Idle({250, "", smtp::EhloText(rules_.myhostname, Offered())});
}

smtp::Extensions Dialogue::Offered() const {
  smtp::Extensions offered = {
      .pipelining = true,
      .size = true,
      .size_limit_bytes = rules_.message_size_limit_bytes,
      .eight_bit_mime = true,
      .enhanced_status_codes = true,
      .smtputf8 = rules_.has_smtputf8,
      .dsn = true,
      .requiretls = connection_.is_tls,
      .chunking = true,
      .starttls = rules_.tls != TlsSettings::Use::kNone && !connection_.is_tls,
      .max_recipients = rules_.recipient_limit,
      .max_messages = rules_.message_limit,
      .xclient = connection_.may_xclient,
      .xforward = connection_.may_xforward,
      .xhandoff = connection_.may_handoff};
  OfferAuth(offered);
  for (const std::string& keyword : rules_.discarded_keywords) {
    smtp::Withdraw(keyword, offered);
  }
  return offered;
}

Step Dialogue::Verify() {
  if (!rules_.has_vrfy) {
    return Say({502, "5.5.1", "VRFY command is disabled"});
  }
  return Idle({252, "2.0.0", "Send some mail, I will try my best"});
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
