#include "dkimd/filter.h"

#include <string>

#include "dkimd/test_filter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::Not;

TEST(FilterTest, PeersAreNotLookedAt) {
  TestFilter dkimd("clients: {peer_list: 192.0.2.1}");
  const milter::Envelope envelope = TestFilter::Outside();
  EXPECT_THAT(dkimd.filter().Begin(envelope), IsNull());
  EXPECT_THAT(dkimd.metrics(),
              HasSubstr("postern_dkimd_messages_total{reason=\"peer\",work="
                        "\"none\"} 1"));
}

TEST(FilterTest, ItMayChangeHeadersAndHoldMailAndNothingElse) {
  TestFilter dkimd;
  const milter::Needs needs = dkimd.filter().needs();
  EXPECT_TRUE(needs.add_headers && needs.change_headers && needs.quarantine);
  EXPECT_FALSE(needs.replace_body || needs.change_sender ||
               needs.add_recipients || needs.delete_recipients);
}

// DK-19.
TEST(FilterTest, NewSettingsCountForNewMessages) {
  TestFilter dkimd("{}");
  EXPECT_THAT(dkimd.Signed(kTestMessage), Not(HasSubstr("DKIM-Signature")));
  const milter::Envelope envelope = TestFilter::Inside();
  const auto under_way = dkimd.filter().Begin(envelope);
  auto fresh = dkimd.Read("signing: {domains: [$DOMAIN]}");
  ASSERT_THAT(fresh, IsOk());
  dkimd.filter().Replace(*std::move(fresh));
  EXPECT_THAT(dkimd.Signed(kTestMessage), HasSubstr("DKIM-Signature"));
  // A message that had begun goes on without keys.
  under_way->OnHeader("From", " raphael@falcot.com");
  under_way->OnEndOfHeader();
  EXPECT_FALSE(under_way->WantsBody());
}

TEST(FilterTest, KeysInMemoryAreCounted) {
  TestFilter dkimd;
  dkimd.Signed(kTestMessage);
  EXPECT_THAT(dkimd.metrics(), HasSubstr("postern_dkimd_keys 2"));
}

}  // namespace
}  // namespace postern::dkimd
