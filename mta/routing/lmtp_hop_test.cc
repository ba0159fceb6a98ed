#include "mta/routing/lmtp_hop.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::StatusIs;
using Kind = NextHop::Kind;

TEST(LmtpHopTest, IsASocketOrAHostThatIsNotLookedUp) {
  struct Case {
    const char* text;
    Kind kind;
    const char* host;
    uint16_t port;
    const char* shown;
  };
  const Case cases[] = {
      {"unix:/Run/lmtp", Kind::kSocket, "/Run/lmtp", 0, "lmtp:unix:/Run/lmtp"},
      {"inet:box.example:2424", Kind::kHost, "box.example", 2424,
       "lmtp:[box.example]:2424"},
      {"inet:[192.0.2.1]:26", Kind::kHost, "192.0.2.1", 26,
       "lmtp:[192.0.2.1]:26"},
      {"Box.example", Kind::kHost, "box.example", 24, "lmtp:[box.example]:24"},
      {"[2001:db8::1]", Kind::kHost, "2001:db8::1", 24,
       "lmtp:[2001:db8::1]:24"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const NextHop hop = ParseLmtpHops(c.text).value();
    EXPECT_EQ(hop.kind, c.kind);
    EXPECT_EQ(hop.host, c.host);
    EXPECT_EQ(hop.port, c.port);
    EXPECT_TRUE(hop.is_lmtp);
    EXPECT_EQ(hop.ToString(), c.shown);
  }
  EXPECT_EQ(ParseLmtpHops("unix:/a, b.example")->ToString(),
            "lmtp:unix:/a,[b.example]:24");
}

TEST(LmtpHopTest, RefusesWhatIsNeither) {
  const std::string cases[] = {
      "",           "unix:",
      "unix:lmtp",  absl::StrCat("unix:/", std::string(200, 'x')),
      "inet:",      "inet:a b c!",
      "tcp:a:24:25"};
  for (const std::string& text : cases) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseLmtpHops(text),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace postern::mta::routing
