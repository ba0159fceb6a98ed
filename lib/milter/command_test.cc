#include "lib/milter/command.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/milter/options.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

constexpr size_t kHeadBytes = 5;
constexpr auto kMalformed = absl::StatusCode::kInvalidArgument;

net::IpAddress Ip(const char* text) {
  return net::IpAddress::Parse(text).value();
}

TEST(CommandTest, AClientIsReadAsItIsWritten) {
  for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
    std::string packet;
    AppendConnect({"mail.example.org", Ip(address), 4711}, packet);
    const std::string body = packet.substr(kHeadBytes);
    const auto connect = ParseConnect(body);
    ASSERT_TRUE(connect.ok());
    EXPECT_EQ(connect->client_name, "mail.example.org");
    EXPECT_THAT(connect->address, Optional(Eq(Ip(address))));
    EXPECT_EQ(connect->port, 4711);
  }
}

TEST(CommandTest, AClientMayHaveNoAddress) {
  std::string packet;
  AppendConnect({"localhost", std::nullopt, 0}, packet);
  EXPECT_EQ(packet, std::string("\0\0\0\x0c"
                                "Clocalhost\0U",
                                16));
  EXPECT_EQ(ParseConnect(packet.substr(kHeadBytes))->address, std::nullopt);
  EXPECT_EQ(ParseConnect(std::string("x\0U\0", 4))->address, std::nullopt);
  EXPECT_EQ(ParseConnect(std::string("x\0L\0\0/run/s\0", 12))->address,
            std::nullopt);
}

TEST(CommandTest, SendmailWritesIpv6InItsOwnWay) {
  EXPECT_THAT(ParseConnect(std::string("x\0"
                                       "6\0\x19IPv6:2001:db8::1\0",
                                       22))
                  ->address,
              Optional(Eq(Ip("2001:db8::1"))));
}

TEST(CommandTest, MalformedClientsAreNone) {
  const std::string cases[] = {
      "",
      "x",
      std::string("x\0", 2),
      std::string("x\0Z", 3),
      std::string("x\0"
                  "4",
                  3),
      std::string("x\0"
                  "4\0\x19",
                  5),
      std::string("x\0"
                  "4\0\x19"
                  "192.0.2.1",
                  14),
      std::string("x\0"
                  "4\0\x19"
                  "192.0.2.1\0more",
                  19),
      std::string("x\0"
                  "4\0\x19"
                  "192.0.2.\0",
                  14),
  };
  for (const std::string& body : cases) {
    EXPECT_THAT(ParseConnect(body), StatusIs(kMalformed)) << body;
  }
}

TEST(CommandTest, ATextIsReadAsItIsWritten) {
  std::string packet;
  AppendText(Command::kHelo, "mail.example.org", packet);
  EXPECT_EQ(packet[4], 'H');
  const std::string body = packet.substr(kHeadBytes);
  EXPECT_THAT(ParseText(body), IsOkAndHolds("mail.example.org"));
  EXPECT_THAT(ParseText("no end"), StatusIs(kMalformed));
  EXPECT_THAT(ParseText(absl::string_view("a\0b\0", 4)), StatusIs(kMalformed));
}

TEST(CommandTest, APathIsReadAsItIsWritten) {
  const Path path{"a@example.org", {"SIZE=100", "BODY=8BITMIME"}, {}};
  std::string packet;
  AppendPath(Command::kSender, path, packet);
  EXPECT_EQ(packet[4], 'M');
  EXPECT_THAT(ParsePath(packet.substr(kHeadBytes)), IsOkAndHolds(path));
  std::string null;
  AppendPath(Command::kSender, {}, null);
  EXPECT_EQ(null.substr(kHeadBytes), absl::string_view("<>\0", 3));
  EXPECT_THAT(ParsePath(null.substr(kHeadBytes)), IsOkAndHolds(Path()));
}

TEST(CommandTest, MalformedPathsAreNone) {
  EXPECT_THAT(ParsePath(""), StatusIs(kMalformed));
  EXPECT_THAT(ParsePath("<a@b>"), StatusIs(kMalformed));
  EXPECT_THAT(ParsePath(absl::string_view("<a@b>\0SIZE=1", 12)),
              StatusIs(kMalformed));
}

TEST(CommandTest, AHeaderFieldKeepsItsBytes) {
  const std::string value = " folded\n\tgr\xc3\xbc\xc3\x9f \r\n end ";
  std::string packet;
  AppendHeader({"Subject", value}, packet);
  const std::string body = packet.substr(kHeadBytes);
  const auto header = ParseHeader(body);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->name, "Subject");
  EXPECT_EQ(header->value, value);
}

TEST(CommandTest, INJ14_OddHeaderFieldsAreReadWhole) {
  const absl::string_view body("X:\0a\0b\0", 7);
  EXPECT_EQ(ParseHeader(body)->name, "X:");
  EXPECT_EQ(ParseHeader(body)->value, absl::string_view("a\0b", 3));
  EXPECT_EQ(ParseHeader(absl::string_view("X\0\0", 3))->value, "");
  EXPECT_EQ(ParseHeader(absl::string_view("\0x\0", 3))->name, "");
  for (const absl::string_view bad :
       {absl::string_view(), absl::string_view("X"),
        absl::string_view("X\0", 2), absl::string_view("X\0v", 3)}) {
    EXPECT_THAT(ParseHeader(bad), StatusIs(kMalformed));
  }
}

TEST(CommandTest, ANulIsNotPutOnTheWire) {
  std::string packet;
  AppendHeader({"X", absl::string_view("a\0b", 3)}, packet);
  const std::string body = packet.substr(kHeadBytes);
  EXPECT_EQ(ParseHeader(body)->value, "a b");
}

TEST(CommandTest, MacrosAreReadAsTheyAreWritten) {
  Macros macros;
  macros.Set("i", "4FzQ");
  macros.Set("auth_type", "PLAIN");
  std::string packet;
  AppendMacros(Command::kSender, macros.views(), packet);
  EXPECT_EQ(packet.substr(kHeadBytes),
            absl::string_view("Mi\0004FzQ\0{auth_type}\0PLAIN\0", 26));
  const auto parsed = ParseMacros(packet.substr(kHeadBytes));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->command, Command::kSender);
  EXPECT_THAT(parsed->macros.values(),
              ElementsAre(Pair("i", "4FzQ"), Pair("auth_type", "PLAIN")));
}

TEST(CommandTest, MacrosMayBeNone) {
  EXPECT_THAT(ParseMacros("H")->macros.values(), IsEmpty());
  EXPECT_THAT(ParseMacros(""), StatusIs(kMalformed));
  EXPECT_THAT(ParseMacros(absl::string_view("Hj\0", 3)), StatusIs(kMalformed));
  EXPECT_THAT(ParseMacros("Hj"), StatusIs(kMalformed));
}

TEST(CommandTest, KnowsWhichStepsMayBeSilentOrLeftOut) {
  EXPECT_EQ(SilentBitOf(Command::kHeader), uint32_t{kSilentHeader});
  EXPECT_EQ(OmittedBitOf(Command::kHeader), uint32_t{kNoHeader});
  EXPECT_EQ(SilentBitOf(Command::kBody), uint32_t{kSilentBody});
  EXPECT_EQ(OmittedBitOf(Command::kConnect), uint32_t{kNoConnect});
  EXPECT_EQ(OmittedBitOf(Command::kUnknown), uint32_t{kNoUnknown});
  EXPECT_EQ(SilentBitOf(Command::kEndOfMessage), 0u);
  EXPECT_EQ(OmittedBitOf(Command::kEndOfMessage), 0u);
}

TEST(CommandTest, ACommandMayHaveNoText) {
  std::string packets;
  AppendCommand(Command::kEndOfHeader, "", packets);
  AppendCommand(Command::kBody, "text", packets);
  EXPECT_EQ(packets, std::string("\0\0\0\1N\0\0\0\5Btext", 14));
}

}  // namespace
}  // namespace postern::milter
