#include "lib/milter/socket_name.h"

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::StatusIs;

TEST(SocketNameTest, UnderstandsWhatOperatorsWrite) {
  const struct {
    const char* text;
    const char* want;
    const char* libmilter;
  } cases[] = {
      {"inet:12345@localhost", "127.0.0.1:12345", "inet:12345@127.0.0.1"},
      {"inet:8891@127.0.0.1", "127.0.0.1:8891", "inet:8891@127.0.0.1"},
      {"inet:8891", "0.0.0.0:8891", "inet:8891@0.0.0.0"},
      {"inet6:8891@localhost", "[::1]:8891", "inet6:8891@::1"},
      {"inet6:8891@::1", "[::1]:8891", "inet6:8891@::1"},
      {"inet6:8891@[::1]", "[::1]:8891", "inet6:8891@::1"},
      {"inet6:8891", "[::]:8891", "inet6:8891@::"},
      {"inet:127.0.0.1:8891", "127.0.0.1:8891", "inet:8891@127.0.0.1"},
      {"127.0.0.1:8891", "127.0.0.1:8891", "inet:8891@127.0.0.1"},
      {"[::1]:8891", "[::1]:8891", "inet6:8891@::1"},
      {"local:/run/f.sock", "unix:/run/f.sock", "unix:/run/f.sock"},
      {"unix:/run/f.sock", "unix:/run/f.sock", "unix:/run/f.sock"},
      {"/run/f.sock", "unix:/run/f.sock", "unix:/run/f.sock"},
      {"local:f.sock", "unix:f.sock", "unix:f.sock"},
  };
  for (const auto& c : cases) {
    const auto endpoint = ParseSocketName(c.text);
    ASSERT_TRUE(endpoint.ok()) << c.text << endpoint.status();
    EXPECT_EQ(endpoint->ToString(), c.want) << c.text;
    EXPECT_EQ(LibmilterSocketName(*endpoint), c.libmilter) << c.text;
  }
}

TEST(SocketNameTest, SaysWhatIsNone) {
  for (const char* text : {"", "8891", "inet:", "inet:x@localhost",
                           "inet:8891@", "inet:8891@mx.example.org",
                           "local:", "inet:99999@localhost", "fifo:/run/f"}) {
    EXPECT_THAT(ParseSocketName(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

}  // namespace
}  // namespace postern::milter
