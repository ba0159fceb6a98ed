#include "lib/net/tls_sessions.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"

namespace postern::net {
namespace {

class TlsSessionsTest : public ::testing::Test {
 protected:
  FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  TlsSessions sessions_{absl::Hours(1), clock_};
};

TEST_F(TlsSessionsTest, TheLatestSessionOfAKeyIsKept) {
  sessions_.Put("mx", "first");
  sessions_.Put("mx", "second");
  EXPECT_EQ(sessions_.Get("mx"), "second");
  EXPECT_EQ(sessions_.Get("other"), "");
}

TEST_F(TlsSessionsTest, ASessionEndsWithItsLifetime) {
  sessions_.Put("mx", "one");
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(sessions_.Get("mx"), "one");
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(sessions_.Get("mx"), "");
}

TEST_F(TlsSessionsTest, TheirNumberAndSizeAreBounded) {
  sessions_.Put("big", std::string(TlsSessions::kMaxSessionBytes + 1, 'x'));
  EXPECT_EQ(sessions_.Get("big"), "");
  for (size_t i = 0; i < 2 * TlsSessions::kMaxSessions; ++i) {
    sessions_.Put(absl::StrCat("mx", i), "s");
  }
  EXPECT_EQ(sessions_.size(), TlsSessions::kMaxSessions);
  EXPECT_EQ(
      sessions_.Get(absl::StrCat("mx", 2 * TlsSessions::kMaxSessions - 1)),
      "s");
}

}  // namespace
}  // namespace postern::net
