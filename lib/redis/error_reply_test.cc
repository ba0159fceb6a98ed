#include "lib/redis/error_reply.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using Kind = ErrorReply::Kind;

TEST(ErrorReplyTest, Rd04ReadsRedirections) {
  const ErrorReply moved = ReadError("MOVED 3999 127.0.0.1:6381");
  EXPECT_EQ(moved.kind, Kind::kMoved);
  EXPECT_EQ(moved.slot, 3999);
  EXPECT_EQ(moved.node.host, "127.0.0.1");
  EXPECT_EQ(moved.node.port, 6381);

  const ErrorReply ask = ReadError("ASK 16383 redis-2.example.org:6379");
  EXPECT_EQ(ask.kind, Kind::kAsk);
  EXPECT_EQ(ask.slot, 16383);
  EXPECT_EQ(ask.node.host, "redis-2.example.org");
}

TEST(ErrorReplyTest, AnIpv6AddressHasNoBrackets) {
  const ErrorReply moved = ReadError("MOVED 1 2001:db8::1:6381");
  EXPECT_EQ(moved.node.host, "2001:db8::1");
  EXPECT_EQ(moved.node.port, 6381);
}

TEST(ErrorReplyTest, ANodeMayNotKnowItsAddress) {
  const ErrorReply moved = ReadError("MOVED 1 :6381");
  EXPECT_EQ(moved.kind, Kind::kMoved);
  EXPECT_EQ(moved.node.host, "");
}

TEST(ErrorReplyTest, ARedirectionThatCannotBeReadIsAnyError) {
  for (const char* text :
       {"MOVED", "MOVED ", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 1 host",
        "MOVED 16384 h:1", "MOVED -1 h:1", "MOVED 1 h:0", "MOVED 1 h:65536",
        "MOVED 1 h:", "ASK 1 h:x", "MOVED  1 h:1"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ReadError(text).kind, Kind::kOther);
  }
  const std::string long_host(300, 'h');
  EXPECT_EQ(ReadError("MOVED 1 " + long_host + ":1").kind, Kind::kOther);
}

TEST(ErrorReplyTest, TheFirstWordTellsTheKind) {
  struct Case {
    const char* text;
    Kind kind;
    absl::StatusCode code;
  };
  const Case cases[] = {
      {"TRYAGAIN Multiple keys request during rehashing", Kind::kTryAgain,
       absl::StatusCode::kUnavailable},
      {"CLUSTERDOWN The cluster is down", Kind::kClusterDown,
       absl::StatusCode::kUnavailable},
      {"READONLY You can't write against a read only replica.", Kind::kReadOnly,
       absl::StatusCode::kUnavailable},
      {"NOSCRIPT No matching script.", Kind::kNoScript,
       absl::StatusCode::kInternal},
      {"LOADING Redis is loading the dataset in memory", Kind::kNotReady,
       absl::StatusCode::kUnavailable},
      {"BUSY Redis is busy running a script.", Kind::kNotReady,
       absl::StatusCode::kUnavailable},
      {"NOAUTH Authentication required.", Kind::kNoPermission,
       absl::StatusCode::kUnavailable},
      {"WRONGPASS invalid username-password pair", Kind::kNoPermission,
       absl::StatusCode::kUnavailable},
      {"OOM command not allowed when used memory > 'maxmemory'.",
       Kind::kOutOfMemory, absl::StatusCode::kResourceExhausted},
      {"WRONGTYPE Operation against a key", Kind::kOther,
       absl::StatusCode::kInternal},
      {"ERR unknown command", Kind::kOther, absl::StatusCode::kInternal},
      {"LOADINGX", Kind::kOther, absl::StatusCode::kInternal},
      {"", Kind::kOther, absl::StatusCode::kInternal},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(ReadError(c.text).kind, c.kind);
    EXPECT_THAT(StatusOfError(c.text), StatusIs(c.code, HasSubstr(c.text)));
  }
}

TEST(ErrorReplyTest, TheTextIsMadePrintable) {
  EXPECT_THAT(StatusOfError("ERR \x1b[31m\nx"),
              StatusIs(absl::StatusCode::kInternal, "redis: ERR ?[31m?x"));
}

}  // namespace
}  // namespace postern::redis
