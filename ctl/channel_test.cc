#include "ctl/channel.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

TEST(ChannelTest, KeepsTheCodeAndTheTextOfAnAnswer) {
  EXPECT_THAT(FromGrpc(grpc::Status::OK), IsOk());
  EXPECT_THAT(FromGrpc(grpc::Status(grpc::StatusCode::NOT_FOUND, "none")),
              StatusIs(absl::StatusCode::kNotFound, "none"));
  EXPECT_THAT(FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "x")),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(ChannelTest, DoesNotConnectYet) {
  const auto channel = Connect("no-such-program", "");
  ASSERT_NE(channel, nullptr);
  EXPECT_EQ(channel->GetState(/*try_to_connect=*/false), GRPC_CHANNEL_IDLE);
}

TEST(ChannelTest, ACallEndsByItself) {
  Call call;
  const absl::Time deadline = absl::FromChrono(call.context()->deadline());
  EXPECT_GT(deadline, absl::Now());
  EXPECT_LT(deadline, absl::Now() + absl::Minutes(1));
}

}  // namespace
}  // namespace postern::ctl
