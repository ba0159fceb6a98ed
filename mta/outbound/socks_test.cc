#include "mta/outbound/socks.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

std::string Bytes(const std::vector<int>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

TEST(SocksTest, OffersALoginOnlyWithOne) {
  EXPECT_EQ(SocksGreeting(false), Bytes({5, 1, 0}));
  EXPECT_EQ(SocksGreeting(true), Bytes({5, 2, 0, 2}));
  EXPECT_THAT(ReadSocksMethod(Bytes({5, 0}), false),
              IsOkAndHolds(SocksMethod::kNone));
  EXPECT_THAT(ReadSocksMethod(Bytes({5, 2}), true),
              IsOkAndHolds(SocksMethod::kPassword));
  EXPECT_THAT(ReadSocksMethod(Bytes({5, 2}), false),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(ReadSocksMethod(Bytes({5, 255}), true),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(SocksTest, TellsThePassword) {
  EXPECT_EQ(SocksLoginText({"ab", "c"}), Bytes({1, 2, 'a', 'b', 1, 'c'}));
  EXPECT_THAT(ReadSocksLoginReply(Bytes({1, 0})), IsOk());
  EXPECT_THAT(ReadSocksLoginReply(Bytes({1, 7})),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(SocksTest, ConnectsToAnAddress) {
  EXPECT_EQ(SocksConnect(net::IpAddress::Parse("192.0.2.1").value(), 587),
            Bytes({5, 1, 0, 1, 192, 0, 2, 1, 2, 75}));
  const std::string v6 =
      SocksConnect(net::IpAddress::Parse("2001:db8::1").value(), 25);
  EXPECT_EQ(v6.size(), 22u);
  EXPECT_EQ(v6.substr(0, 8), Bytes({5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8}));
}

TEST(SocksTest, AReplyHasALengthOfItsKind) {
  EXPECT_THAT(ReadSocksReplyHead(Bytes({5, 0, 0, 1, 9})), IsOkAndHolds(5));
  EXPECT_THAT(ReadSocksReplyHead(Bytes({5, 0, 0, 4, 9})), IsOkAndHolds(17));
  EXPECT_THAT(ReadSocksReplyHead(Bytes({5, 0, 0, 3, 255})), IsOkAndHolds(257));
}

TEST(SocksTest, SaysWhyThereIsNoConnection) {
  EXPECT_THAT(ReadSocksReplyHead(Bytes({5, 5, 0, 1, 0})),
              StatusIs(absl::StatusCode::kUnavailable, "connection refused"));
  EXPECT_THAT(ReadSocksReplyHead(Bytes({5, 200, 0, 1, 0})),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("200")));
}

TEST(SocksTest, WhatIsNoSocksServerIsTold) {
  for (const std::string& bytes :
       {Bytes({}), Bytes({4, 0}), Bytes({'H', 'T'}), Bytes({5, 0, 0})}) {
    EXPECT_THAT(ReadSocksMethod(bytes, true),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(ReadSocksLoginReply(Bytes({5, 0})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadSocksReplyHead(Bytes({5, 0, 0, 9, 0})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadSocksReplyHead(Bytes({5, 0, 0, 1})),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::mta::outbound
