// Whatever a filter answers at whatever stage: no crash, limits hold, and what
// comes out can be put into a message (MTA-28).

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "lib/milter/client_session.h"
#include "lib/milter/reply.h"

namespace {

using namespace postern::milter;  // NOLINT

void Require(bool fact) {
  if (!fact) std::abort();
}

constexpr size_t kMaxChanges = 5;

// Says the stage that `choice` names; tells whether it is answered.
bool Say(ClientSession& session, uint8_t choice, std::string& output) {
  static const Macros& known = *new Macros();
  static const Path& path = *new Path{"a@example.org", {}, {}};
  switch (choice % 11) {
    case 0:
      return session.Connect({"x"}, known, output);
    case 1:
      return session.Helo("x", known, output);
    case 2:
      return session.Sender(path, known, output);
    case 3:
      return session.Recipient(path, known, output);
    case 4:
      return session.Data(known, output);
    case 5:
      return session.Header("X", " v", output);
    case 6:
      return session.EndOfHeader(known, output);
    case 7:
      return session.Body("te", "xt", output);
    case 8:
      session.EndMessage(output);
      return false;
    case 9:
      session.EndClient(output);
      return false;
    default:
      return session.EndOfMessage(known, output);
  }
}

}  // namespace

// Packets, each with a byte before it that says which stage it answers; the
// first is the answer to the offer.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ClientLimits limits;
  limits.max_changes = kMaxChanges;
  ClientSession session(UsualMacroLists(), limits);
  absl::string_view rest(reinterpret_cast<const char*>(data), size);
  bool has_agreed = false;
  while (!rest.empty()) {
    std::string output;
    const auto choice = static_cast<uint8_t>(rest[0]);
    rest.remove_prefix(1);
    const std::optional<uint32_t> length = TakeNumber(rest);
    if (!length || *length == 0 || *length > rest.size()) return 0;
    const Packet packet{rest[0], rest.substr(1, *length - 1)};
    rest.remove_prefix(*length);
    if (!has_agreed) {
      if (!session.TakeAnswer(packet).ok()) return 0;
      has_agreed = true;
      continue;
    }
    if (!Say(session, choice, output)) continue;
    const auto verdict = session.TakeReply(packet);
    if (!verdict.ok()) return 0;
    if (!verdict->has_value()) continue;
    const Changes changes = session.TakeChanges();
    Require(changes.list().size() <= kMaxChanges + 1);
    Require(CheckChanges(changes, session.agreed()).ok());
  }
  return 0;
}
