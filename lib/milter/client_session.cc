#include "lib/milter/client_session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/status_macros.h"
#include "lib/milter/macro_names.h"
#include "lib/milter/reply.h"

namespace postern::milter {
namespace {

absl::Status Unexpected(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("milter: the filter replies ", what));
}

// Before MAIL there is no message yet.
bool IsOfConnection(Command command) {
  return command == Command::kConnect || command == Command::kHelo;
}

}  // namespace

MacroLists UsualMacroLists() {
  MacroLists lists;
  for (size_t stage = 0; stage < kStages; ++stage) {
    lists[stage] = std::string(UsualMacros(static_cast<Stage>(stage)));
  }
  return lists;
}

ClientSession::ClientSession(MacroLists macros, ClientLimits limits,
                             uint32_t version)
    : lists_(std::move(macros)),
      limits_(limits),
      offer_{version, ActionsOf(version), StepsOf(version)} {}

void ClientSession::AppendOffer(std::string& output) const {
  AppendOptions(offer_, output);
}

absl::Status ClientSession::TakeAnswer(const Packet& packet) {
  if (packet.letter != static_cast<char>(Command::kOptions)) {
    return Unexpected("no options");
  }
  ASSIGN_OR_RETURN(const Options answer, ParseOptions(packet.body));
  ASSIGN_OR_RETURN(agreed_, Agree(offer_, answer));
  for (size_t stage = 0; stage < kStages; ++stage) {
    const std::string& names =
        agreed_.macros[stage].empty() ? lists_[stage] : agreed_.macros[stage];
    macro_names_[stage] =
        absl::StrSplit(names, absl::ByAnyChar(" ,\t"), absl::SkipEmpty());
  }
  return absl::OkStatus();
}

bool ClientSession::Says(Command command) const {
  return wants_message() && (agreed_.steps & OmittedBitOf(command)) == 0;
}

bool ClientSession::Awaits(Command command) {
  if (!IsOfConnection(command) && command != Command::kUnknown) {
    is_in_message_ = true;
  }
  awaited_ = command;
  progress_ = 0;
  return (agreed_.steps & SilentBitOf(command)) == 0;
}

void ClientSession::TellMacros(Command command, Stage stage,
                               const Macros& known, std::string& output) const {
  std::vector<Macros::View> told;
  told.reserve(macro_names_[static_cast<size_t>(stage)].size());
  for (const std::string& name : macro_names_[static_cast<size_t>(stage)]) {
    const absl::string_view value = known.Get(name);
    if (!value.empty()) told.emplace_back(Macros::WithoutBraces(name), value);
  }
  // None is told as well: it takes the place of those told before.
  AppendMacros(command, told, output);
}

bool ClientSession::IsTold(Stage stage, absl::string_view name) const {
  const auto& names = macro_names_[static_cast<size_t>(stage)];
  return std::any_of(names.begin(), names.end(),
                     [name](const std::string& told) {
                       return Macros::WithoutBraces(told) == name;
                     });
}

bool ClientSession::Connect(const ConnectCommand& client, const Macros& known,
                            std::string& output) {
  if (!Says(Command::kConnect)) return false;
  TellMacros(Command::kConnect, Stage::kConnect, known, output);
  AppendConnect(client, output);
  return Awaits(Command::kConnect);
}

bool ClientSession::Helo(absl::string_view name, const Macros& known,
                         std::string& output) {
  if (!Says(Command::kHelo)) return false;
  TellMacros(Command::kHelo, Stage::kHelo, known, output);
  AppendText(Command::kHelo, name, output);
  return Awaits(Command::kHelo);
}

bool ClientSession::Sender(const Path& path, const Macros& known,
                           std::string& output) {
  // Whatever became of the last message, this is another one (MTA-14).
  if (is_in_message_ || has_decided_) EndMessage(output);
  if (!Says(Command::kSender)) return false;
  TellMacros(Command::kSender, Stage::kSender, known, output);
  AppendPath(Command::kSender, path, output);
  return Awaits(Command::kSender);
}

bool ClientSession::Recipient(const Path& path, const Macros& known,
                              std::string& output) {
  if (!Says(Command::kRecipient)) return false;
  TellMacros(Command::kRecipient, Stage::kRecipient, known, output);
  AppendPath(Command::kRecipient, path, output);
  return Awaits(Command::kRecipient);
}

bool ClientSession::wants_rejected_recipients() const {
  return Says(Command::kRecipient) &&
         (agreed_.steps & kRejectedRecipients) != 0;
}

bool ClientSession::RejectedRecipient(const Path& path, const Macros& known,
                                      std::string& output) {
  return wants_rejected_recipients() && Recipient(path, known, output);
}

bool ClientSession::Data(const Macros& known, std::string& output) {
  if (!Says(Command::kData)) return false;
  TellMacros(Command::kData, Stage::kData, known, output);
  AppendCommand(Command::kData, "", output);
  return Awaits(Command::kData);
}

bool ClientSession::Unknown(absl::string_view line, std::string& output) {
  if (!Says(Command::kUnknown)) return false;
  AppendText(Command::kUnknown, line, output);
  return Awaits(Command::kUnknown);
}

bool ClientSession::Header(absl::string_view name, absl::string_view value,
                           std::string& output) {
  if (!Says(Command::kHeader)) return false;
  if ((agreed_.steps & kLeadingSpace) == 0) absl::ConsumePrefix(&value, " ");
  // Filters know of LF alone.
  if (value.find('\r') == absl::string_view::npos) {
    AppendHeader({name, value}, output);
  } else {
    AppendHeader({name, absl::StrReplaceAll(value, {{"\r\n", "\n"}})}, output);
  }
  return Awaits(Command::kHeader);
}

bool ClientSession::EndOfHeader(const Macros& known, std::string& output) {
  if (!Says(Command::kEndOfHeader)) return false;
  TellMacros(Command::kEndOfHeader, Stage::kEndOfHeader, known, output);
  AppendCommand(Command::kEndOfHeader, "", output);
  return Awaits(Command::kEndOfHeader);
}

bool ClientSession::wants_body() const {
  return !has_skipped_ && Says(Command::kBody);
}

bool ClientSession::Body(absl::string_view begin, absl::string_view rest,
                         std::string& output) {
  assert(begin.size() + rest.size() <= kBodyChunkBytes);
  if (!wants_body() || (begin.empty() && rest.empty())) return false;
  AppendPacket(static_cast<char>(Command::kBody), {begin, rest}, output);
  return Awaits(Command::kBody);
}

bool ClientSession::EndOfMessage(const Macros& known, std::string& output) {
  if (!Says(Command::kEndOfMessage)) return false;
  TellMacros(Command::kEndOfMessage, Stage::kEndOfMessage, known, output);
  AppendCommand(Command::kEndOfMessage, "", output);
  return Awaits(Command::kEndOfMessage);
}

void ClientSession::ForgetMessage() {
  is_in_message_ = has_decided_ = has_skipped_ = false;
  change_bytes_ = 0;
  changes_ = Changes();
  body_.reset();
  list_.clear();
}

void ClientSession::EndMessage(std::string& output) {
  if (is_in_message_) AppendCommand(Command::kAbort, "", output);
  ForgetMessage();
}

bool ClientSession::EndClient(std::string& output) {
  if (agreed_.version < 6) return false;
  EndMessage(output);
  has_accepted_ = false;
  AppendCommand(Command::kQuitNewConnection, "", output);
  return true;
}

void ClientSession::Quit(std::string& output) {
  AppendCommand(Command::kQuit, "", output);
}

absl::StatusOr<std::optional<Verdict>> ClientSession::TakeReply(
    const Packet& packet) {
  ASSIGN_OR_RETURN(Reply reply, ParseReply(packet, agreed_));
  if (reply.kind == Reply::Kind::kProgress) {
    if (++progress_ > limits_.max_progress) return Unexpected("no end");
    return std::nullopt;
  }
  progress_ = 0;
  switch (reply.kind) {
    case Reply::Kind::kChange:
      RETURN_IF_ERROR(TakeChange(std::move(reply.change)));
      return std::nullopt;
    case Reply::Kind::kSkip:
      if (awaited_ != Command::kBody || (agreed_.steps & kSkip) == 0) {
        return Unexpected("SKIP to what cannot be skipped");
      }
      has_skipped_ = true;
      return Verdict();
    case Reply::Kind::kShutdown:
      return Verdict::Reply(421, "4.7.0", "Server closing connection");
    case Reply::Kind::kConnectionFailure:
      return Verdict::Reply(421, "4.7.0", "Service unavailable");
    default:
      return TakeVerdict(std::move(reply.verdict));
  }
}

absl::Status ClientSession::TakeChange(Change change) {
  if (awaited_ != Command::kEndOfMessage) {
    return Unexpected("a change before the end of the message");
  }
  if ((ActionOf(change) & ~agreed_.actions) != 0) {
    return Unexpected("a change that was not agreed upon");
  }
  if (change.kind == Change::Kind::kReplaceBody) {
    if (!body_.has_value()) {
      body_ = list_.size();
      list_.push_back(std::move(change));
    } else {
      list_[*body_].value += change.value;
    }
    return list_[*body_].value.size() > limits_.max_body_bytes
               ? Unexpected("too large a body")
               : absl::OkStatus();
  }
  change_bytes_ += change.name.size() + change.value.size();
  if (list_.size() >= limits_.max_changes ||
      change_bytes_ > limits_.max_change_bytes) {
    return Unexpected("too many changes");
  }
  list_.push_back(std::move(change));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Verdict>> ClientSession::TakeVerdict(
    Verdict verdict) {
  if (IsOfConnection(awaited_)) {
    if (verdict.kind == Verdict::Kind::kDiscard) {
      return Unexpected("DISCARD before there is a message");
    }
    if (verdict.kind == Verdict::Kind::kAccept) has_accepted_ = true;
  } else if (verdict.kind == Verdict::Kind::kAccept ||
             verdict.kind == Verdict::Kind::kDiscard) {
    has_decided_ = true;
  } else if (verdict.refuses() && awaited_ != Command::kRecipient &&
             awaited_ != Command::kUnknown) {
    has_decided_ = true;
  }
  if (awaited_ == Command::kEndOfMessage) {
    changes_.verdict = verdict;
    has_decided_ = true;
    is_in_message_ = false;
  }
  return verdict;
}

Changes ClientSession::TakeChanges() {
  for (Change& change : list_) changes_.Add(std::move(change));
  list_.clear();
  body_.reset();
  change_bytes_ = 0;
  return std::exchange(changes_, Changes());
}

}  // namespace postern::milter
