#include "mta/smtp/command.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/smtp/reply.h"

namespace postern::mta::smtp {
namespace {

using ::testing::StartsWith;

const Extensions kOffered = {.smtputf8 = true, .dsn = true};

Command Parsed(absl::string_view line) {
  absl::StatusOr<Command> command = ParseCommand(line, kOffered);
  EXPECT_TRUE(command.ok()) << line << ": " << command.status();
  return command.ok() ? *std::move(command) : Command();
}

std::string Refusal(absl::string_view line,
                    const Extensions& offered = kOffered) {
  const absl::StatusOr<Command> command = ParseCommand(line, offered);
  return command.ok() ? "accepted" : ReplyFor(command.status()).Format();
}

TEST(CommandTest, KnowsEveryVerbInAnyCase) {
  struct Case {
    const char* line;
    Verb verb;
  };
  const Case cases[] = {
      {"HELO a", Verb::kHelo},
      {"eHlO a", Verb::kEhlo},
      {"MAIL FROM:<>", Verb::kMail},
      {"rcpt to:<a@b>", Verb::kRcpt},
      {"DATA", Verb::kData},
      {"bdat 0 last", Verb::kBdat},
      {"RSET", Verb::kRset},
      {"noop", Verb::kNoop},
      {"NOOP what ever", Verb::kNoop},
      {"VRFY a", Verb::kVrfy},
      {"HELP", Verb::kHelp},
      {"HELP MAIL", Verb::kHelp},
      {"xclient NAME=[UNAVAILABLE]", Verb::kXclient},
      {"XFORWARD IDENT=x", Verb::kXforward},
      {"QUIT ", Verb::kQuit},
      {"EHLOO x", Verb::kUnknown},
      {"", Verb::kUnknown},
      {"GET / HTTP/1.1", Verb::kUnknown},
      {"starttls", Verb::kStartTls},
      {"AUTH PLAIN", Verb::kAuth},
      {" QUIT", Verb::kUnknown},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Parsed(c.line).verb, c.verb) << c.line;
    EXPECT_EQ(VerbOf(c.line), c.verb) << c.line;
  }
}

TEST(CommandTest, VerbsHaveTheirNames) {
  EXPECT_EQ(VerbName(Verb::kEhlo), "EHLO");
  EXPECT_EQ(VerbName(Verb::kUnknown), "unknown");
}

TEST(CommandTest, TakesTheNameOfTheClient) {
  EXPECT_EQ(Parsed("EHLO mail.example.org").argument, "mail.example.org");
  EXPECT_EQ(Parsed("HELO  [192.0.2.1] ").argument, "[192.0.2.1]");
}

// MTA-34.
TEST(CommandTest, ANameMustBeOnePrintableWord) {
  EXPECT_THAT(Refusal("EHLO"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Refusal("HELO "), StartsWith("501 5.5.4"));
  EXPECT_THAT(Refusal("EHLO a b"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Refusal("EHLO a\x80"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Refusal(absl::string_view("EHLO a\0b", 8)), StartsWith("501"));
  EXPECT_THAT(Refusal("EHLO a\rb"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Refusal(absl::StrCat("EHLO ", std::string(256, 'a'))),
              StartsWith("501 5.5.4"));
}

TEST(CommandTest, TakesMailWithItsParameters) {
  const Command plain = Parsed("MAIL FROM:<a@b.org>");
  EXPECT_EQ(plain.address.ToString(), "a@b.org");
  EXPECT_EQ(plain.mail.size_bytes, 0);
  EXPECT_FALSE(plain.mail.body_8bitmime);
  const Command full = Parsed("mail from:<> size=1234 body=8bitmime");
  EXPECT_TRUE(full.address.is_null());
  EXPECT_EQ(full.mail.size_bytes, 1234);
  EXPECT_TRUE(full.mail.body_8bitmime);
  EXPECT_FALSE(Parsed("MAIL FROM: <a@b> BODY=7BIT").mail.body_8bitmime);
}

TEST(CommandTest, BearsASpaceBeforeTheAddressAndMissingBrackets) {
  EXPECT_EQ(Parsed("MAIL FROM: <a@b.org>").address.ToString(), "a@b.org");
  const Command mail = Parsed("MAIL FROM:a@b.org SIZE=7");
  EXPECT_EQ(mail.address.ToString(), "a@b.org");
  EXPECT_EQ(mail.mail.size_bytes, 7);
  EXPECT_EQ(Parsed("RCPT TO: a@b.org").address.ToString(), "a@b.org");
}

TEST(CommandTest, TakesRcptWithItsParameters) {
  const Command rcpt = Parsed("RCPT TO:<a@b.org> NOTIFY=DELAY ORCPT=x;y");
  EXPECT_TRUE(rcpt.rcpt.notify_delay);
  EXPECT_EQ(rcpt.rcpt.original_recipient, "x;y");
}

TEST(CommandTest, ParametersOfExtensionsThatWeDoNotOfferAreRefused) {
  for (const char* line :
       {"MAIL FROM:<> SMTPUTF8", "MAIL FROM:<> RET=HDRS",
        "RCPT TO:<a@b> NOTIFY=NEVER", "RCPT TO:<a@b> SIZE=1"}) {
    EXPECT_THAT(Refusal(line, {}), StartsWith("555 5.5.4")) << line;
  }
}

TEST(CommandTest, MTA43AddressesBeyondAsciiWantSmtputf8) {
  EXPECT_EQ(
      Parsed("MAIL FROM:<h\xc3\xa9@example.org> SMTPUTF8").address.ToString(),
      "h\xc3\xa9@example.org");
  EXPECT_EQ(Refusal("MAIL FROM:<h\xc3\xa9@example.org>"),
            "553 5.6.7 Address needs SMTPUTF8\r\n");
  EXPECT_EQ(Parsed("RCPT TO:<h\xc3\xa9@example.org>").address.local_part,
            "h\xc3\xa9");
  EXPECT_THAT(Refusal("RCPT TO:<h\xc3\xa9@example.org>", {}),
              StartsWith("501 5.1.3"));
  EXPECT_THAT(Refusal("MAIL FROM:<h\xc3@example.org> SMTPUTF8"),
              StartsWith("501 5.1.7"));
}

TEST(CommandTest, WhatFollowsAuthStaysAsItIs) {
  EXPECT_EQ(Parsed("auth PLAIN AGEAYg==").argument, "PLAIN AGEAYg==");
}

TEST(CommandTest, TakesWhatAProxyTellsOfItsClient) {
  EXPECT_EQ(Parsed("XCLIENT ADDR=192.0.2.1").client.address->value,
            "192.0.2.1");
  EXPECT_EQ(Parsed("XFORWARD IDENT=4X").client.identity->value, "4X");
  EXPECT_THAT(Refusal("XCLIENT"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Refusal("XFORWARD LOGIN=x"), StartsWith("501 5.5.4"));
}

TEST(CommandTest, MTA11ChunksHaveACheckedSize) {
  const Command chunk = Parsed("BDAT 00100");
  EXPECT_EQ(chunk.chunk_bytes, 100);
  EXPECT_FALSE(chunk.is_last_chunk);
  EXPECT_TRUE(Parsed("bdat 0 last").is_last_chunk);
  EXPECT_EQ(Parsed("BDAT 18446744073709551615").chunk_bytes,
            std::numeric_limits<int64_t>::max());
  for (const char* line :
       {"BDAT", "BDAT ", "BDAT LAST", "BDAT -1", "BDAT +1", "BDAT 1k",
        "BDAT 0x10", "BDAT 1 LAST x", "BDAT 1 LEAST", "BDAT 1 2",
        "BDAT 100000000000000000000000", "BDAT 1\t LAST"}) {
    EXPECT_THAT(Refusal(line), StartsWith("501 5.5.4")) << line;
  }
}

TEST(CommandTest, ABadAddressHasTheStatusCodeOfItsCommand) {
  EXPECT_THAT(Refusal("MAIL FROM:<a@"), StartsWith("501 5.1.7"));
  EXPECT_THAT(Refusal("RCPT TO:<a@"), StartsWith("501 5.1.3"));
  EXPECT_THAT(Refusal("RCPT TO:<>"), StartsWith("501 5.1.3"));
}

TEST(CommandTest, SyntaxErrorsSayHowItGoes) {
  EXPECT_EQ(Refusal("MAIL TO:<a@b>"),
            "501 5.5.4 Syntax: MAIL FROM:<address>\r\n");
  EXPECT_EQ(Refusal("RCPT <a@b>"), "501 5.5.4 Syntax: RCPT TO:<address>\r\n");
  EXPECT_THAT(Refusal("MAIL"), StartsWith("501"));
  EXPECT_THAT(Refusal("MAIL FROM:"), StartsWith("501"));
  EXPECT_THAT(Refusal("MAIL FROM:<a@b>SIZE=1"), StartsWith("501"));
  EXPECT_THAT(Refusal("DATA now"), StartsWith("501"));
  EXPECT_THAT(Refusal("RSET x"), StartsWith("501"));
  EXPECT_THAT(Refusal("QUIT x"), StartsWith("501"));
  EXPECT_THAT(Refusal("VRFY"), StartsWith("501"));
}

TEST(CommandTest, AnUnknownLineIsKeptPrintableForTheLog) {
  EXPECT_EQ(Parsed("\x01\x02 x").argument, "?? x");
}

TEST(CommandTest, AuthTakesNothingUnprintable) {
  EXPECT_FALSE(ParseCommand("AUTH PL\fAIN", {}).ok());
  EXPECT_FALSE(ParseCommand("AUTH \x01PLAIN", {}).ok());
  EXPECT_TRUE(ParseCommand("AUTH PLAIN AGEAYg==", {}).ok());
}

TEST(CommandTest, ReadsHandoffs) {
  const auto command = ParseCommand("xhandoff MESSAGE 30 4096", {});
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->verb, Verb::kXhandoff);
  EXPECT_EQ(command->handoff.content_bytes, 4096);
  EXPECT_FALSE(ParseCommand("XHANDOFF", {}).ok());
}

}  // namespace
}  // namespace postern::mta::smtp
