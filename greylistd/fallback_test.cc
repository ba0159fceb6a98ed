#include "greylistd/fallback.h"

#include <memory>
#include <utility>

#include "gmock/gmock.h"
#include "greylistd/fake_sightings.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStdout;

class FallbackTest : public ::testing::Test {
 protected:
  void Make(bool with_local) {
    auto first = std::make_unique<FakeSightings>(clock_);
    first_ = first.get();
    std::unique_ptr<FakeSightings> local;
    if (with_local) local = std::make_unique<FakeSightings>(clock_);
    local_ = local.get();
    fallback_ = std::make_unique<Fallback>(std::move(first), std::move(local),
                                           metrics_);
  }

  absl::StatusOr<Outcome> See() {
    return runtime_->BlockOn(fallback_->See(
        names_, Terms(), net::Deadline::After(absl::Seconds(20))));
  }

  const Names names_ = {"192.0.2.0/24", "192.0.2.0/a@b/c@d", "192.0.2.1"};
  FakeClock clock_;
  metrics::Registry metrics_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  FakeSightings* first_ = nullptr;
  FakeSightings* local_ = nullptr;
  std::unique_ptr<Fallback> fallback_;
};

TEST_F(FallbackTest, RD01TheLocalStoreDecidesWhileTheFirstIsAway) {
  Make(/*with_local=*/true);
  ASSERT_THAT(See(), IsOk());
  EXPECT_EQ(local_->calls, 0);
  first_->failure = absl::UnavailableError("away");
  EXPECT_EQ(See()->kind, Outcome::Kind::kNew);
  EXPECT_EQ(local_->calls, 1);
  first_->failure = absl::OkStatus();
  EXPECT_EQ(See()->kind, Outcome::Kind::kEarlyRetry);
  EXPECT_EQ(local_->calls, 1);
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_greylistd_store_local_decisions_total 1"));
}

TEST_F(FallbackTest, RD01WithoutALocalStoreTheErrorComesThrough) {
  Make(/*with_local=*/false);
  first_->failure = absl::DeadlineExceededError("slow");
  EXPECT_THAT(See(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(fallback_->Healthy(),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(FallbackTest, RD01GoingAndComingBackAreLoggedOnceAndMeasured) {
  Make(/*with_local=*/false);
  first_->failure = absl::UnavailableError("away");
  CaptureStdout();
  See().IgnoreError();
  See().IgnoreError();
  const std::string away = GetCapturedStdout();
  EXPECT_THAT(away, HasSubstr("event=store_is_away"));
  EXPECT_EQ(away.find("store_is_away"), away.rfind("store_is_away"));
  EXPECT_THAT(metrics_.Render(), HasSubstr("postern_greylistd_store_up 0"));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_greylistd_store_failures_total 2"));
  first_->failure = absl::OkStatus();
  CaptureStdout();
  ASSERT_THAT(See(), IsOk());
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("event=store_is_back"));
  EXPECT_THAT(metrics_.Render(), HasSubstr("postern_greylistd_store_up 1"));
}

TEST_F(FallbackTest, TheOperatorSeesTheFirstStore) {
  Make(/*with_local=*/true);
  ASSERT_THAT(See(), IsOk());
  const net::Deadline soon = net::Deadline::After(absl::Seconds(20));
  EXPECT_EQ(runtime_->BlockOn(fallback_->List("", 10, soon))->entries.size(),
            1u);
  EXPECT_TRUE(
      runtime_->BlockOn(fallback_->Peek(names_, soon))->triplet.has_value());
  EXPECT_THAT(runtime_->BlockOn(fallback_->Forget(
                  Entry::Kind::kTriplet, names_.network, names_.triplet, soon)),
              IsOk());
  EXPECT_TRUE(first_->triplets.empty());
  EXPECT_THAT(
      runtime_->BlockOn(fallback_->Remember(Entry{.kind = Entry::Kind::kClient,
                                                  .network = names_.network,
                                                  .name = names_.client,
                                                  .triplet = {},
                                                  .client = {5, 1},
                                                  .expires = 2},
                                            soon)),
      IsOk());
  EXPECT_EQ(first_->clients.size(), 1u);
  EXPECT_TRUE(local_->clients.empty());
}

}  // namespace
}  // namespace postern::greylistd
