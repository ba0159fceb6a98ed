// What Postfix and a filter said to each other (milter-packets): every packet
// is read, and written again it has the same bytes; the relay says the same to
// such a filter.
//
// One deviation: the recorded filter says "1% 2%% 3%%%". By the rule of
// smfi_setreply(), where "%%" is a "%", that means "1% 2% 3%%", which we write
// "1%% 2%% 3%%%%".

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/milter/client_session.h"
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
      AppendMacros(macros.command, macros.macros.views(), out);
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

// Has the session say what was recorded; returns whether it awaits a reply.
bool SayAgain(Command command, absl::string_view body, ClientSession& session,
              std::string& output) {
  const Macros none;
  switch (command) {
    case Command::kConnect:
      return session.Connect(ParseConnect(body).value(), none, output);
    case Command::kHelo:
      return session.Helo(ParseText(body).value(), none, output);
    case Command::kSender:
      return session.Sender(ParsePath(body).value(), none, output);
    case Command::kRecipient:
      return session.Recipient(ParsePath(body).value(), none, output);
    case Command::kHeader: {
      const HeaderCommand header = ParseHeader(body).value();
      return session.Header(header.name, absl::StrCat(" ", header.value),
                            output);
    }
    case Command::kEndOfHeader:
      return session.EndOfHeader(none, output);
    case Command::kBody:
      return session.Body(body, "", output);
    case Command::kEndOfMessage:
      return session.EndOfMessage(none, output);
    default:
      return false;
  }
}

// The packets in `bytes` but for macros.
std::string WithoutMacros(absl::string_view bytes) {
  std::string kept;
  while (!bytes.empty()) {
    absl::string_view after = bytes;
    const size_t size = 4 + *TakeNumber(after);
    if (after[0] != 'D') absl::StrAppend(&kept, bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return kept;
}

std::string SuiteFile() {
  const char* const suites = std::getenv("POSTERN_CONFORMANCE");
  if (suites == nullptr || *suites == '\0') return "";
  return absl::StrCat(suites, "/milter-packets/exchanges.json");
}

// Takes a reply of the filter; the options are the first one.
void TakeRecorded(const Packet& packet, bool awaits,
                  bool is_discard_without_message, ClientSession& session) {
  if (packet.letter == 'O') {
    EXPECT_TRUE(session.TakeAnswer(packet).ok());
    return;
  }
  EXPECT_TRUE(awaits);
  const auto verdict = session.TakeReply(packet);
  if (is_discard_without_message) {
    EXPECT_FALSE(verdict.ok());
    return;
  }
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->has_value());
}

// The macros that Postfix tells before header fields are not told by us, and
// macros are left out here. A filter that discards a connection or a HELO is
// one that fails: libmilter's documentation has SMFIS_DISCARD for messages
// only, and Postfix does not take it there either.
TEST(MilterConformanceTest, TheRelayTalksToAFilterAsPostfixDid) {
  if (SuiteFile().empty()) {
    GTEST_SKIP() << "POSTERN_CONFORMANCE does not name the suites' folder";
  }
  std::string name;
  std::optional<ClientSession> session;
  bool awaits = false;
  for (const Recorded& recorded : PacketsOf(ReadFile(SuiteFile()).value())) {
    SCOPED_TRACE(recorded.session);
    SCOPED_TRACE(absl::CHexEscape(recorded.bytes));
    const Packet packet{recorded.bytes[4],
                        absl::string_view(recorded.bytes).substr(5)};
    if (name != recorded.session) {
      name = recorded.session;
      session.emplace(UsualMacroLists());
    }
    std::string output;
    if (recorded.is_from_filter) {
      const bool is_discard_without_message =
          recorded.session == "milter-packet-discard-on-connect.log" ||
          recorded.session == "milter-packet-discard-on-helo.log";
      TakeRecorded(packet, awaits,
                   packet.letter == 'd' && is_discard_without_message,
                   *session);
    } else if (packet.letter == 'A') {
      session->EndMessage(output);
    } else if (absl::string_view("ODQ").find(packet.letter) ==
               absl::string_view::npos) {
      awaits = SayAgain(static_cast<Command>(packet.letter), packet.body,
                        *session, output);
      EXPECT_EQ(WithoutMacros(output), recorded.bytes);
    }
  }
}

TEST(MilterConformanceTest, WhatPostfixAndFiltersSayIsReadAndWrittenAgain) {
  if (SuiteFile().empty()) {
    GTEST_SKIP() << "POSTERN_CONFORMANCE does not name the suites' folder";
  }
  const auto packets = PacketsOf(ReadFile(SuiteFile()).value());
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
