#include "lib/net/endpoint.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::net {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(EndpointTest, UnderstandsEveryForm) {
  struct Case {
    const char* text;
    const char* host;
    int port;
    const char* unix_path;
    const char* printed;
  };
  const Case cases[] = {
      {"127.0.0.1:25", "127.0.0.1", 25, "", "127.0.0.1:25"},
      {"[::1]:25", "::1", 25, "", "[::1]:25"},
      {"[2001:DB8:0::1]:65535", "2001:db8::1", 65535, "",
       "[2001:db8::1]:65535"},
      {"[192.0.2.1]:25", "192.0.2.1", 25, "", "192.0.2.1:25"},
      {"[::ffff:192.0.2.1]:25", "192.0.2.1", 25, "", "192.0.2.1:25"},
      {"0.0.0.0:0", "0.0.0.0", 0, "", "0.0.0.0:0"},
      {"mx.example.org:25", "mx.example.org", 25, "", "mx.example.org:25"},
      {"redis_1-a:6379", "redis_1-a", 6379, "", "redis_1-a:6379"},
      {"inet:localhost:10023", "localhost", 10023, "", "localhost:10023"},
      {"inet:[::1]:10023", "::1", 10023, "", "[::1]:10023"},
      {"inet:inet:25", "inet", 25, "", "inet:inet:25"},
      {"inet:unix:25", "unix", 25, "", "inet:unix:25"},
      {"unix:/run/postern/g.sock", "", 0, "/run/postern/g.sock",
       "unix:/run/postern/g.sock"},
      {"unix:run/a:b", "", 0, "run/a:b", "unix:run/a:b"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto endpoint = Endpoint::Parse(c.text);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_EQ(endpoint->host, c.host);
    EXPECT_EQ(endpoint->port, c.port);
    EXPECT_EQ(endpoint->unix_path, c.unix_path);
    EXPECT_EQ(endpoint->ToString(), c.printed);
    EXPECT_EQ(Endpoint::Parse(c.printed).value(), *endpoint);
  }
}

TEST(EndpointTest, RefusesWhatNamesNoEndpoint) {
  struct Case {
    absl::string_view text;
    const char* why;
  };
  const Case cases[] = {
      {"", "has no port"},
      {"127.0.0.1", "has no port"},
      {"127.0.0.1:", "has no port"},
      {"127.0.0.1:smtp", "has no port"},
      {"127.0.0.1:65536", "has no port"},
      {"127.0.0.1:+25", "has no port"},
      {"127.0.0.1: 25", "has no port"},
      {"127.0.0.1:000025", "has no port"},
      {"[::1]", "has no port"},
      {":25", "no valid host"},
      {"::1:25", "no valid host"},
      {"[]:25", "no valid host"},
      {"[mx.example.org]:25", "no valid host"},
      {"[::1:25", "no valid host"},
      {"127.0.0.256:25", "no valid host"},
      {"1.2.3:25", "no valid host"},
      {"mx..example.org:25", "no valid host"},
      {"mx.example.org.:25", "no valid host"},
      {"-mx.example.org:25", "no valid host"},
      {"mx example:25", "no valid host"},
      {absl::string_view("mx\0:25", 6), "no valid host"},
      {"unix:", "names no socket"},
      {absl::string_view("unix:/a\0b", 9), "names no socket"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Endpoint::Parse(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.why)))
        << c.text;
  }
}

TEST(EndpointTest, KnowsHowLongThePathOfASocketMayBe) {
  EXPECT_TRUE(
      Endpoint::Parse(absl::StrCat("unix:/", std::string(106, 'x'))).ok());
  EXPECT_THAT(
      Endpoint::Parse(absl::StrCat("unix:/", std::string(107, 'x'))),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is too long")));
}

TEST(EndpointTest, KnowsHowLongANameMayBe) {
  const std::string label(63, 'a');
  const std::string name =
      absl::StrCat(label, ".", label, ".", label, ".", std::string(61, 'a'));
  EXPECT_TRUE(Endpoint::Parse(absl::StrCat(name, ":1")).ok());
  EXPECT_FALSE(Endpoint::Parse(absl::StrCat(name, "a:1")).ok());
  EXPECT_FALSE(Endpoint::Parse(absl::StrCat("a", label, ":1")).ok());
}

TEST(EndpointTest, IsMadeOfAnAddress) {
  EXPECT_EQ(Endpoint::Tcp(IpAddress::Parse("::1").value(), 25).ToString(),
            "[::1]:25");
  EXPECT_FALSE(Endpoint::Tcp(IpAddress(), 25).is_unix());
}

}  // namespace
}  // namespace postern::net
