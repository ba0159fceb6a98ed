// What Postfix and a filter said to each other (milter-packets): every packet
// is read, and written again it has the same bytes.
//
// One deviation: the recorded filter says "1% 2%% 3%%%". By the rule of
// smfi_setreply(), where "%%" is a "%", that means "1% 2% 3%%", which we write
// "1%% 2%% 3%%%%".

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/milter/command.h"
#include "lib/milter/options.h"
#include "lib/milter/packet.h"
#include "lib/milter/reply.h"

namespace postern::milter {
namespace {

using ::testing::ElementsAre;

struct Recorded {
  std::string session;
  bool is_from_filter;
  std::string bytes;  // One packet.
};

std::vector<Recorded> PacketsOf(const std::string& json) {
  google::protobuf::ListValue sessions;
  EXPECT_TRUE(
      google::protobuf::util::JsonStringToMessage(json, &sessions).ok());
  std::vector<Recorded> packets;
  for (const auto& value : sessions.values()) {
    const auto& session = value.struct_value().fields();
    for (const auto& step : session.at("exchange").list_value().values()) {
      const auto& fields = step.struct_value().fields();
      std::string bytes =
          absl::HexStringToBytes(fields.at("hex").string_value());
      for (absl::string_view rest = bytes; !rest.empty();) {
        absl::string_view after = rest;
        const size_t size = 4 + *TakeNumber(after);
        packets.push_back({session.at("file").string_value(),
                           fields.at("from").string_value() == "milter",
                           std::string(rest.substr(0, size))});
        rest.remove_prefix(size);
      }
    }
  }
  return packets;
}

std::string RewrittenOptions(absl::string_view body) {
  std::string out;
  AppendOptions(ParseOptions(body).value(), out);
  return out;
}

std::string RewrittenCommand(Command command, absl::string_view body) {
  std::string out;
  switch (command) {
    case Command::kOptions:
      return RewrittenOptions(body);
    case Command::kMacros: {
      const MacroCommand macros = ParseMacros(body).value();
      AppendMacros(macros.command, macros.macros.values(), out);
      return out;
    }
    case Command::kConnect:
      AppendConnect(ParseConnect(body).value(), out);
      return out;
    case Command::kHelo:
      AppendText(command, ParseText(body).value(), out);
      return out;
    case Command::kSender:
    case Command::kRecipient:
      AppendPath(command, ParsePath(body).value(), out);
      return out;
    case Command::kHeader:
      AppendHeader(ParseHeader(body).value(), out);
      return out;
    default:
      AppendCommand(command, body, out);
      return out;
  }
}

std::string RewrittenReply(const Packet& packet) {
  if (packet.letter == 'O') return RewrittenOptions(packet.body);
  const Reply reply = ParseReply(packet, {2, kAllActions, 0}).value();
  EXPECT_EQ(reply.kind, Reply::Kind::kVerdict);
  std::string out;
  AppendVerdict(reply.verdict, out);
  return out;
}

TEST(MilterConformanceTest, WhatPostfixAndFiltersSayIsReadAndWrittenAgain) {
  const char* const suites = std::getenv("POSTERN_CONFORMANCE");
  if (suites == nullptr || *suites == '\0') {
    GTEST_SKIP() << "POSTERN_CONFORMANCE does not name the suites' folder";
  }
  const auto packets = PacketsOf(
      ReadFile(absl::StrCat(suites, "/milter-packets/exchanges.json")).value());
  EXPECT_EQ(packets.size(), 943u);
  for (const Recorded& recorded : packets) {
    SCOPED_TRACE(recorded.session);
    SCOPED_TRACE(absl::CHexEscape(recorded.bytes));
    const Packet packet{recorded.bytes[4],
                        absl::string_view(recorded.bytes).substr(5)};
    if (packet.letter == 'y') {
      EXPECT_THAT(ParseReply(packet, {})->verdict.lines,
                  ElementsAre("1% 2% 3%%"));
      continue;
    }
    EXPECT_EQ(recorded.is_from_filter
                  ? RewrittenReply(packet)
                  : RewrittenCommand(static_cast<Command>(packet.letter),
                                     packet.body),
              recorded.bytes);
  }
}

}  // namespace
}  // namespace postern::milter
