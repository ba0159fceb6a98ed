#include "lib/milter/dialogue.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/milter/options.h"
#include "lib/milter/reply.h"

namespace postern::milter {

absl::StatusOr<Dialogue::Next> Dialogue::Take(const Packet& packet,
                                              std::string& replies) {
  const auto command = static_cast<Command>(packet.letter);
  if (command != Command::kOptions && command != Command::kQuit &&
      !has_agreed_) {
    return absl::InvalidArgumentError("milter: the options do not come first");
  }
  if (command != Command::kQuitNewConnection) is_between_clients_ = false;
  switch (command) {
    case Command::kOptions:
      RETURN_IF_ERROR(Negotiate(packet.body, replies));
      return Next::kMore;
    case Command::kMacros:
      RETURN_IF_ERROR(TakeMacros(packet.body));
      return Next::kMore;
    case Command::kConnect:
    case Command::kHelo:
    case Command::kSender:
    case Command::kRecipient:
      RETURN_IF_ERROR(TakeEnvelope(command, packet.body));
      break;
    case Command::kUnknown:
      break;
    case Command::kData:
      session_.Begin();
      break;
    case Command::kHeader:
      RETURN_IF_ERROR(TakeHeader(packet.body));
      break;
    case Command::kEndOfHeader:
      session_.Body("");
      break;
    case Command::kBody:
      session_.Body(packet.body);
      break;
    case Command::kEndOfMessage:
      session_.Body(packet.body);
      return Next::kFinish;
    case Command::kAbort:
      session_.EndMessage();
      return Next::kMore;
    case Command::kQuit:
      return Next::kClose;
    case Command::kQuitNewConnection:
      session_.EndConnection();
      is_between_clients_ = true;
      return Next::kMore;
    default:
      return absl::InvalidArgumentError(absl::StrCat(
          "milter: unknown command '", Printable({&packet.letter, 1}), "'"));
  }
  if (session_.Checks(command)) return Next::kCheck;
  Answer(command, replies);
  return Next::kMore;
}

absl::Status Dialogue::Negotiate(absl::string_view body, std::string& replies) {
  ASSIGN_OR_RETURN(const Options offer, ParseOptions(body));
  ASSIGN_OR_RETURN(const Options answer, AnswerOffer(session_.needs(), offer));
  AppendOptions(answer, replies);
  session_.EndConnection();
  session_.Agree(answer);
  has_agreed_ = true;
  return absl::OkStatus();
}

absl::Status Dialogue::TakeMacros(absl::string_view body) {
  ASSIGN_OR_RETURN(const MacroCommand macros, ParseMacros(body));
  session_.Tell(macros.command, macros.macros);
  return absl::OkStatus();
}

absl::Status Dialogue::TakeEnvelope(Command command, absl::string_view body) {
  if (command == Command::kConnect) {
    ASSIGN_OR_RETURN(const ConnectCommand connect, ParseConnect(body));
    session_.Connect(connect);
    return absl::OkStatus();
  }
  if (command == Command::kHelo) {
    ASSIGN_OR_RETURN(const absl::string_view name, ParseText(body));
    session_.Helo(name);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Path path, ParsePath(body));
  if (command == Command::kSender) {
    session_.AddSender(std::move(path));
  } else {
    session_.AddRecipient(std::move(path));
  }
  return absl::OkStatus();
}

absl::Status Dialogue::TakeHeader(absl::string_view body) {
  ASSIGN_OR_RETURN(const HeaderCommand header, ParseHeader(body));
  session_.Header(header.name, header.value);
  return absl::OkStatus();
}

void Dialogue::AppendAnswer(Command command, const Verdict& verdict,
                            std::string& replies) {
  if (verdict.kind == Verdict::Kind::kContinue) {
    Answer(command, replies);
  } else {
    AppendVerdict(verdict, replies);
  }
}

void Dialogue::Answer(Command command, std::string& replies) {
  const uint32_t steps = session_.agreed().steps;
  if ((steps & SilentBitOf(command)) != 0) return;
  if (session_.may_decline()) {
    AppendVerdict(Verdict::Of(Verdict::Kind::kAccept), replies);
    session_.Decline();
  } else if (command == Command::kBody && (steps & kSkip) != 0 &&
             !session_.wants_body()) {
    AppendReply(Reply::Kind::kSkip, replies);
  } else {
    AppendVerdict(Verdict(), replies);
  }
}

void Dialogue::AppendOutcome(const Changes& changes, std::string& replies) {
  for (const Change& change : changes.list()) {
    AppendChange(change, session_.agreed(), replies);
  }
  AppendVerdict(changes.verdict, replies);
}

}  // namespace postern::milter
