#include "lib/https/target.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::https {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(TargetTest, HasHostPortAndTheUriToAskFor) {
  struct Case {
    const char* uri;
    const char* host;
    int port;
    const char* asked;
  };
  const Case cases[] = {
      {"https://mta-sts.example.org/.well-known/mta-sts.txt",
       "mta-sts.example.org", 443,
       "https://mta-sts.example.org/.well-known/mta-sts.txt"},
      {"HTTPS://example.org", "example.org", 443, "https://example.org/"},
      {"https://example.org:8443/tls?id=1", "example.org", 8443,
       "https://example.org:8443/tls?id=1"},
      {"https://example.org/a#b", "example.org", 443, "https://example.org/a"},
      {"https://192.0.2.1/", "192.0.2.1", 443, "https://192.0.2.1/"},
      {"https://[2001:db8::1]:444/", "2001:db8::1", 444,
       "https://[2001:db8::1]:444/"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.uri);
    const auto target = ParseTarget(c.uri);
    ASSERT_TRUE(target.ok()) << target.status();
    EXPECT_EQ(target->host, c.host);
    EXPECT_EQ(target->port, c.port);
    EXPECT_EQ(target->uri, c.asked);
  }
}

// An address has one meaning, however it is written.
TEST(TargetTest, OddSpellingsOfAnAddressAreThatAddress) {
  for (const char* uri : {"https://127.1/", "https://0x7f000001/",
                          "https://2130706433/", "https://0177.0.0.1/"}) {
    const auto target = ParseTarget(uri);
    ASSERT_TRUE(target.ok()) << uri;
    EXPECT_EQ(target->host, "127.0.0.1") << uri;
  }
}

TEST(TargetTest, RefusesWhatIsNotAskedFor) {
  const std::string cases[] = {
      "",
      "example.org",
      "http://example.org/",
      "file:///etc/passwd",
      "mailto:a@example.org",
      "https://",
      "https:///path",
      "https://user@example.org/",
      "https://user:secret@example.org/",
      "https://example.org:0/",
      "https://example.org:70000/",
      "https://example.org./",
      "https://exa mple.org/",
      "https://example.org/\r\nX: y",
      "https://ex\xc3\xa4mple.org/",
      "https://*.example.org/",
      "https://[fe80::1%25eth0]/",
      absl::StrCat("https://example.org/", std::string(3000, 'a')),
  };
  for (const std::string& uri : cases) {
    EXPECT_THAT(ParseTarget(uri),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"")))
        << uri;
  }
}

}  // namespace
}  // namespace postern::https
