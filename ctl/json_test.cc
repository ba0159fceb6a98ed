#include "ctl/json.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "proto/admin/v1/queue.pb.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::testing::HasSubstr;

TEST(JsonTest, NamesFieldsAsTheProtoDoesAndShowsEmptyOnes) {
  admin::v1::QueuedMessage message;
  message.set_queue_id("0000000000001");
  message.set_state(admin::v1::QueuedMessage::STATE_DEFERRED);
  std::ostringstream out;
  ASSERT_THAT(PrintJson(message, out), IsOk());
  EXPECT_THAT(out.str(), HasSubstr("\"queue_id\": \"0000000000001\""));
  EXPECT_THAT(out.str(), HasSubstr("\"state\": \"STATE_DEFERRED\""));
  EXPECT_THAT(out.str(), HasSubstr("\"sender\": \"\""));
}

}  // namespace
}  // namespace postern::ctl
