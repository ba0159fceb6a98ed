// Whatever a mail server sends and however it is cut: no crash, limits hold,
// and a command that was accepted can be written and read again.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "lib/milter/command.h"
#include "lib/milter/options.h"
#include "lib/milter/packet.h"

namespace {

using namespace postern::milter;  // NOLINT

constexpr size_t kHeadBytes = 5;

void Require(bool fact) {
  if (!fact) std::abort();
}

void CheckOptions(absl::string_view body) {
  const auto options = ParseOptions(body);
  if (!options.ok()) return;
  std::string packet;
  AppendOptions(*options, packet);
  Require(*ParseOptions(packet.substr(kHeadBytes)) == *options);
  Needs needs;
  needs.add_headers = needs.may_decline = true;
  const auto answer = AnswerOffer(needs, *options);
  if (answer.ok()) Require(Agree(*options, *answer).ok());
}

void CheckPath(Command command, absl::string_view body) {
  const auto path = ParsePath(body);
  if (!path.ok()) return;
  std::string packet;
  AppendPath(command, *path, packet);
  Require(*ParsePath(packet.substr(kHeadBytes)) == *path);
}

void CheckHeader(absl::string_view body) {
  const auto header = ParseHeader(body);
  if (!header.ok()) return;
  std::string packet;
  AppendHeader(*header, packet);
  const std::string again = packet.substr(kHeadBytes);
  Require(ParseHeader(again)->value.size() == header->value.size());
}

void CheckMacros(absl::string_view body) {
  const auto macros = ParseMacros(body);
  if (!macros.ok()) return;
  std::string packet;
  AppendMacros(macros->command, macros->macros.views(), packet);
  Require(ParseMacros(packet.substr(kHeadBytes)).ok());
}

void CheckConnect(absl::string_view body) {
  const auto connect = ParseConnect(body);
  if (!connect.ok()) return;
  std::string packet;
  AppendConnect(*connect, packet);
  Require(ParseConnect(packet.substr(kHeadBytes))->address == connect->address);
}

void CheckCommand(const Packet& packet) {
  switch (static_cast<Command>(packet.letter)) {
    case Command::kOptions:
      return CheckOptions(packet.body);
    case Command::kMacros:
      return CheckMacros(packet.body);
    case Command::kConnect:
      return CheckConnect(packet.body);
    case Command::kSender:
    case Command::kRecipient:
      return CheckPath(static_cast<Command>(packet.letter), packet.body);
    case Command::kHeader:
      return CheckHeader(packet.body);
    default:
      (void)ParseText(packet.body);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte says how the rest is cut into reads.
  if (size == 0) return 0;
  const size_t step = 1 + data[0];
  PacketReader reader;
  for (size_t at = 1; at < size;) {
    const absl::Span<char> space = reader.Space();
    Require(!space.empty());
    const size_t bytes = std::min({space.size(), step, size - at});
    std::memcpy(space.data(), data + at, bytes);
    reader.Fill(bytes);
    at += bytes;
    while (true) {
      const auto next = reader.Next();
      if (!next.ok()) return 0;
      if (!next->has_value()) break;
      Require((*next)->body.size() < kMaxPacketBytes);
      CheckCommand(**next);
    }
  }
  return 0;
}
