#include "lib/milter/libmilter_connection.h"

#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/milter/dialogue.h"
#include "lib/milter/libmilter_outcome.h"
#include "lib/milter/packet.h"

namespace postern::milter {
namespace {

// What is told is kept until there is so much of it, or an answer is needed.
constexpr size_t kMaxBatchBytes = 256 * 1024;

ConnectCommand ClientAt(absl::string_view name, const sockaddr* address) {
  ConnectCommand client{name};
  if (address != nullptr && address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof(v4));
    std::array<uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    client.address = net::IpAddress::V4(bytes);
    client.port = ntohs(v4.sin_port);
  } else if (address != nullptr && address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof(v6));
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    client.address = net::IpAddress::V6(bytes);
    client.port = ntohs(v6.sin6_port);
  }
  return client;
}

}  // namespace

void MessageCount::Add(int by) {
  const absl::MutexLock lock(&mutex_);
  messages_ += by;
}

void MessageCount::AwaitNone(absl::Duration wait) {
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(
      absl::Condition(
          +[](int* messages) { return *messages == 0; }, &messages_),
      wait);
}

// What lives on the reactor.
struct LibmilterConnection::OnReactor {
  explicit OnReactor(FilterContext& context)
      : session(context), dialogue(session) {}
  FilterSession session;
  Dialogue dialogue;
};

LibmilterConnection::LibmilterConnection(Shared shared, smfi_str* context,
                                         const Options& offer)
    : shared_(shared),
      context_(context),
      reactor_(shared.runtime.NextReactor()),
      agreed_(AnswerOffer(shared.context.needs(), offer).value()) {
  shared_.context.meters.connections.Increment();
  shared_.context.meters.open_connections.Add(1);
  shared_.runtime.BlockOn(reactor_, MakeOnReactor());
  AppendOptions(offer, batch_);
}

LibmilterConnection::~LibmilterConnection() {
  SetInMessage(false);
  shared_.runtime.BlockOn(reactor_, EndOnReactor());
  shared_.context.meters.open_connections.Add(-1);
}

net::Task<> LibmilterConnection::MakeOnReactor() {
  on_reactor_ = std::make_unique<OnReactor>(shared_.context);
  co_return;
}

net::Task<> LibmilterConnection::EndOnReactor() {
  on_reactor_.reset();
  co_return;
}

void LibmilterConnection::SetInMessage(bool is_in_message) {
  if (is_in_message != is_in_message_) {
    shared_.messages.Add(is_in_message ? 1 : -1);
  }
  is_in_message_ = is_in_message;
}

void LibmilterConnection::AddMacros(Command command, Stage stage) {
  std::vector<Macros::View> told;
  for (const std::string& name :
       shared_.macro_names[static_cast<size_t>(stage)]) {
    const char* const value =
        smfi_getsymval(context_, const_cast<char*>(name.c_str()));
    if (value != nullptr) told.emplace_back(Macros::WithoutBraces(name), value);
  }
  if (!told.empty()) AppendMacros(command, told, batch_);
}

net::Task<LibmilterConnection::Outcome> LibmilterConnection::TakeOnReactor() {
  FilterSession& session = on_reactor_->session;
  for (absl::string_view rest = batch_; !rest.empty();) {
    const size_t size = *TakeNumber(rest);
    const Packet packet{rest[0], rest.substr(1, size - 1)};
    rest.remove_prefix(size);
    CO_ASSIGN_OR_RETURN(const Dialogue::Next next,
                        on_reactor_->dialogue.Take(packet, replies_));
    const net::Deadline deadline =
        net::Deadline::After(shared_.message_timeout);
    if (next == Dialogue::Next::kFinish) {
      Changes changes = co_await session.Finish(deadline);
      co_return changes;
    }
    if (next != Dialogue::Next::kCheck) continue;
    const auto step = static_cast<Command>(packet.letter);
    Changes changes;
    changes.verdict = co_await session.Check(step, deadline);
    if (changes.verdict.kind != Verdict::Kind::kContinue) co_return changes;
    on_reactor_->dialogue.AppendAnswer(step, changes.verdict, replies_);
  }
  co_return std::nullopt;
}

net::Task<> LibmilterConnection::TakeAndNotify(Outcome& outcome,
                                               absl::Notification& done) {
  outcome = co_await TakeOnReactor();
  is_message_open_ = on_reactor_->session.is_in_message();
  done.Notify();
}

LibmilterConnection::Outcome LibmilterConnection::TakeBatch(
    bool tells_progress) {
  replies_.clear();
  Outcome outcome;
  absl::Notification done;
  net::Spawn(shared_.tasks, reactor_, TakeAndNotify(outcome, done));
  while (tells_progress &&
         !done.WaitForNotificationWithTimeout(shared_.progress_interval)) {
    smfi_progress(context_);
  }
  done.WaitForNotification();
  batch_.clear();
  if (!outcome.ok()) {
    shared_.context.meters.malformed.Increment();
    if (shared_.context.MayLog()) {
      log::Warning("milter_malformed", {{"error", outcome.status()}});
    }
  }
  return outcome;
}

int LibmilterConnection::AnswerTo(Command command) {
  const bool is_silent = (agreed_.steps & SilentBitOf(command)) != 0;
  if (is_silent && batch_.size() < kMaxBatchBytes) return SMFIS_NOREPLY;
  const Outcome outcome = TakeBatch();
  if (!outcome.ok()) return SMFIS_TEMPFAIL;
  SetInMessage(is_message_open_);
  if (is_silent) return SMFIS_NOREPLY;
  if (outcome->has_value()) {
    return LibmilterStatus(context_, (*outcome)->verdict);
  }
  // The last reply is the one to `command`, and one letter.
  switch (replies_.empty() ? 't' : replies_.back()) {
    case 'c':
      return SMFIS_CONTINUE;
    case 'a':
      return SMFIS_ACCEPT;
    case 's':
      return SMFIS_SKIP;
    default:
      return SMFIS_TEMPFAIL;
  }
}

int LibmilterConnection::Connect(absl::string_view name,
                                 const sockaddr* address) {
  AddMacros(Command::kConnect, Stage::kConnect);
  AppendConnect(ClientAt(name, address), batch_);
  return AnswerTo(Command::kConnect);
}

int LibmilterConnection::Say(Command command, Stage stage,
                             std::optional<absl::string_view> text) {
  AddMacros(command, stage);
  if (text.has_value()) {
    AppendText(command, *text, batch_);
  } else {
    SetInMessage(true);
    AppendCommand(command, "", batch_);
  }
  return AnswerTo(command);
}

int LibmilterConnection::SayPath(Command command, Stage stage, char** words) {
  SetInMessage(true);
  AddMacros(command, stage);
  Path path;
  path.address = std::string(Path::WithoutBrackets(words[0]));
  for (char** word = words + 1; *word != nullptr; ++word) {
    path.arguments.emplace_back(*word);
  }
  AppendPath(command, path, batch_);
  return AnswerTo(command);
}

int LibmilterConnection::Header(absl::string_view name,
                                absl::string_view value) {
  SetInMessage(true);
  AppendHeader({name, value}, batch_);
  return AnswerTo(Command::kHeader);
}

int LibmilterConnection::Body(absl::string_view chunk) {
  SetInMessage(true);
  AppendCommand(Command::kBody, chunk, batch_);
  return AnswerTo(Command::kBody);
}

int LibmilterConnection::EndOfMessage() {
  AddMacros(Command::kEndOfMessage, Stage::kEndOfMessage);
  AppendCommand(Command::kEndOfMessage, "", batch_);
  const Outcome changes = TakeBatch(/*tells_progress=*/true);
  SetInMessage(false);
  if (!changes.ok() || !changes->has_value()) return SMFIS_TEMPFAIL;
  for (const Change& change : (*changes)->list()) {
    if (MakeWithLibmilter(context_, change, agreed_)) continue;
    log::Warning("libmilter_change_failed",
                 {{"change", static_cast<int>(change.kind)}});
    return SMFIS_TEMPFAIL;
  }
  return LibmilterStatus(context_, (*changes)->verdict);
}

int LibmilterConnection::Abort() {
  AppendCommand(Command::kAbort, "", batch_);
  (void)TakeBatch();
  SetInMessage(false);
  return SMFIS_CONTINUE;
}

}  // namespace postern::milter
