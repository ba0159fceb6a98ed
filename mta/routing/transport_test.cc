#include "mta/routing/transport.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using Kind = Transport::Kind;

TEST(TransportTest, IsANameAndANextHop) {
  struct Case {
    const char* text;
    Transport transport;
  };
  const Case cases[] = {
      {"smtp", {Kind::kSmtp, ""}},
      {"smtp:", {Kind::kSmtp, ""}},
      {"smtp:[mail.example.org]:587", {Kind::kSmtp, "[mail.example.org]:587"}},
      {"relay:a.example, b.example",
       {.kind = Kind::kSmtp,
        .next_hop = "a.example, b.example",
        .is_relay = true}},
      {":[192.0.2.1]:26", {std::nullopt, "[192.0.2.1]:26"}},
      {":", {std::nullopt, ""}},
      {"", {std::nullopt, ""}},
      {"lmtp:unix:/run/lmtp", {Kind::kLmtp, "unix:/run/lmtp"}},
      {"lmtp", {Kind::kLmtp, ""}},
      {"local:$myhostname", {Kind::kLocal, "$myhostname"}},
      {"virtual", {Kind::kVirtual, ""}},
      {"error: 5.1.1 gone: for good", {Kind::kError, "5.1.1 gone: for good"}},
      {"retry:later", {Kind::kRetry, "later"}},
      {" discard: ", {Kind::kDiscard, ""}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_THAT(ParseTransport(c.text), IsOkAndHolds(c.transport));
  }
}

TEST(TransportTest, APipeIsKnownByItsName) {
  const std::vector<std::string> pipes = {"maildrop"};
  EXPECT_THAT(
      ParseTransport("maildrop: fast", pipes),
      IsOkAndHolds(Transport{
          .kind = Kind::kPipe, .next_hop = "fast", .pipe = "maildrop"}));
  EXPECT_THAT(ParseTransport("maildrop"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(IsPipeName("mail-drop_2"));
  for (const char* name : {"", "smtp", "relay", "a b", "a:b", "a/b"}) {
    EXPECT_FALSE(IsPipeName(name)) << name;
  }
}

TEST(TransportTest, IsCalledAsItIsWritten) {
  const std::vector<std::string> pipes = {"maildrop"};
  for (const char* name : {"smtp", "relay", "lmtp", "local", "virtual", "error",
                           "retry", "discard", "maildrop"}) {
    EXPECT_EQ(NameOf(ParseTransport(name, pipes).value()), name);
  }
}

TEST(TransportTest, OnlyWhatThereIsHasAName) {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"pigeon:x", "there is no transport \"pigeon\""},
      {"SMTP", "there is no transport \"SMTP\""},
      {"[::1]:25", "there is no transport \"[\""},
      {"lmtp:unix:x", "begins with a slash"},
      {"smtp:[x", "no \"]\""},
      {"relay:a.example, b..example", "not a host name or an address"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_THAT(ParseTransport(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.why)));
  }
}

}  // namespace
}  // namespace postern::mta::routing
