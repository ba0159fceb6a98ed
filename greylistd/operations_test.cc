#include "greylistd/operations.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "greylistd/fake_sightings.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Pair;

constexpr int64_t kNow = 1'700'000'000;
constexpr int64_t kDay = 24 * 3600;

class OperationsTest : public ::testing::Test {
 protected:
  OperationsTest() { Make("{}"); }

  void Make(const std::string& yaml) {
    config::v1::Greylistd config;
    ASSERT_THAT(config::Load(yaml, "greylistd.yaml", config), IsOk());
    rules_ = std::make_shared<const Rules>(Rules::FromConfig(config).value());
  }

  template <typename T>
  T Run(net::Task<T> task) {
    return runtime_->BlockOn(std::move(task));
  }

  static net::Deadline Soon() {
    return net::Deadline::After(absl::Seconds(20));
  }

  static Entry Triplet(std::string name, int64_t first, int64_t last) {
    return {.kind = Entry::Kind::kTriplet,
            .network = "",
            .name = std::move(name),
            .triplet = {first, last, false},
            .client = {}};
  }

  static Entry Client(std::string name, uint32_t count, int64_t last) {
    return {.kind = Entry::Kind::kClient,
            .network = "",
            .name = std::move(name),
            .triplet = {},
            .client = {count, last}};
  }

  static Question Usual() {
    return {"192.0.2.1", "mail.example.org", "alice@example.org",
            "bob@example.com", false};
  }

  FakeClock clock_{absl::FromUnixSeconds(kNow)};
  FakeSightings sightings_{clock_};
  std::shared_ptr<const Rules> rules_;
  Operations operations_{sightings_, clock_, [this] { return rules_; }};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(OperationsTest, PeekSaysWhatWouldBeAnsweredAndChangesNothing) {
  absl::StatusOr<Prospect> prospect = Run(operations_.Peek(Usual(), Soon()));
  ASSERT_THAT(prospect, IsOk());
  EXPECT_EQ(prospect->reason, Reason::kNew);
  EXPECT_EQ(prospect->verdict.kind, policy::Verdict::Kind::kDeferIfPermit);
  EXPECT_EQ(prospect->names.triplet,
            "192.0.2.0/alice@example.org/bob@example.com");
  EXPECT_TRUE(sightings_.triplets.empty());
  sightings_.triplets[prospect->names.triplet] = {kNow - 400, kNow - 400,
                                                  false};
  prospect = Run(operations_.Peek(Usual(), Soon()));
  EXPECT_EQ(prospect->reason, Reason::kFirstPass);
  EXPECT_EQ(prospect->seconds, 400);
  EXPECT_EQ(prospect->verdict.kind, policy::Verdict::Kind::kPrepend);
  EXPECT_TRUE(prospect->records.triplet);
}

TEST_F(OperationsTest, PeekKnowsTheRules) {
  Make("allow_clients: [example.org]");
  EXPECT_EQ(Run(operations_.Peek(Usual(), Soon()))->reason,
            Reason::kClientAllowlist);
  Question question = Usual();
  question.is_authenticated = true;
  EXPECT_EQ(Run(operations_.Peek(question, Soon()))->reason,
            Reason::kAuthenticated);
  question.client_address = "x";
  EXPECT_THAT(Run(operations_.Peek(question, Soon())),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(OperationsTest, AnAllowedClientPassesAtOnce) {
  const absl::StatusOr<Entry> entry =
      Run(operations_.Allow("192.0.2.1", std::nullopt, Soon()));
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->client, (ClientRecord{5, kNow}));
  EXPECT_EQ(entry->network, "192.0.2.0/24");
  EXPECT_EQ(entry->expires, kNow + 35 * kDay + 3600);
  EXPECT_EQ(Run(operations_.Peek(Usual(), Soon()))->reason,
            Reason::kAllowedClient);
}

TEST_F(OperationsTest, AClientMayBeAllowedForAWhile) {
  EXPECT_EQ(
      Run(operations_.Allow("192.0.2.1", absl::Hours(1), Soon()))->expires,
      kNow + 3600);
}

TEST_F(OperationsTest, AllowNeedsAClientAndTheFeature) {
  EXPECT_THAT(Run(operations_.Allow("mail", std::nullopt, Soon())),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Run(operations_.Allow("192.0.2.0/24", std::nullopt, Soon())),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Make("auto_allow: {after: 0}");
  EXPECT_THAT(Run(operations_.Allow("192.0.2.1", std::nullopt, Soon())),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(OperationsTest, ForgetsWhatListShows) {
  sightings_.triplets["192.0.2.0/a@b/c@d"] = {kNow, kNow, false};
  sightings_.clients["192.0.2.1"] = {5, kNow};
  EXPECT_THAT(Run(operations_.Forget(Entry::Kind::kTriplet, "192.0.2.0/a@b/c@d",
                                     Soon())),
              IsOk());
  EXPECT_THAT(
      Run(operations_.Forget(Entry::Kind::kClient, "192.0.2.1", Soon())),
      IsOk());
  EXPECT_TRUE(sightings_.triplets.empty());
  EXPECT_TRUE(sightings_.clients.empty());
  EXPECT_THAT(Run(operations_.Forget(Entry::Kind::kTriplet, "x", Soon())),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Run(operations_.Forget(Entry::Kind::kClient, "x", Soon())),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(OperationsTest, ImportKeepsTheLifetimesThatAreLeft) {
  const absl::StatusOr<ImportCount> count = Run(operations_.Import(
      {Triplet("192.0.2.0/passed@b/c@d", kNow - 9 * kDay, kNow - 8 * kDay),
       Triplet("192.0.2.0/waits@b/c@d", kNow - 100, kNow - 50),
       Triplet("192.0.2.0/gone@b/c@d", kNow - 80 * kDay, kNow - 40 * kDay),
       Triplet("192.0.2.0/late@b/c@d", kNow - 3 * kDay, kNow - 3 * kDay),
       Client("192.0.2.1", 7, kNow - 10 * kDay),
       Client("192.0.2.2", 7, kNow - 40 * kDay)},
      Soon()));
  ASSERT_THAT(count, IsOk());
  EXPECT_EQ(count->imported, 3u);
  EXPECT_EQ(count->expired, 3u);
  EXPECT_EQ(count->invalid, 0u);
  EXPECT_THAT(
      sightings_.triplets,
      Contains(Pair("192.0.2.0/passed@b/c@d",
                    TripletRecord{kNow - 9 * kDay, kNow - 8 * kDay, true})));
  EXPECT_THAT(sightings_.triplets,
              Contains(Pair("192.0.2.0/waits@b/c@d",
                            TripletRecord{kNow - 100, kNow - 50, false})));
  EXPECT_EQ(sightings_.expires["192.0.2.0/passed@b/c@d"],
            kNow + 27 * kDay + 3600);
  EXPECT_EQ(sightings_.expires["192.0.2.0/waits@b/c@d"],
            kNow - 100 + 2 * kDay + 1);
  EXPECT_EQ(sightings_.expires["192.0.2.1"], kNow + 25 * kDay + 3600);
}

TEST_F(OperationsTest, ImportWritesAddressesAsWeDo) {
  ASSERT_THAT(Run(operations_.Import(
                  {Triplet("2001:db8:0:1:0:0:0:0/a@b/c@d", kNow - 1, kNow - 1),
                   Triplet("192.0.2.77/a@b/c@d", kNow - 1, kNow - 1),
                   Client("2001:DB8:0:1:0:0:0:1", 5, kNow - 1)},
                  Soon())),
              IsOk());
  EXPECT_THAT(sightings_.triplets, Contains(Key("2001:db8:0:1::/a@b/c@d")));
  EXPECT_THAT(sightings_.triplets, Contains(Key("192.0.2.0/a@b/c@d")));
  EXPECT_THAT(sightings_.clients, Contains(Key("2001:db8:0:1::1")));
}

TEST_F(OperationsTest, ImportCountsWhatMakesNoSense) {
  const absl::StatusOr<ImportCount> count = Run(operations_.Import(
      {Triplet("da39a3ee5e6b4b0d3255bfef95601890afd80709", 1, 2),
       Triplet("192.0.2.0/a@b/c@d", 0, 0), Triplet("192.0.2.0/a@b/c@d", 9, 5),
       Client("da39a3ee", 5, kNow), Client("192.0.2.1", 5, 0)},
      Soon()));
  ASSERT_THAT(count, IsOk());
  EXPECT_EQ(count->invalid, 5u);
  EXPECT_EQ(count->imported, 0u);
}

TEST_F(OperationsTest, TheStoresErrorsComeThrough) {
  sightings_.failure = absl::UnavailableError("away");
  EXPECT_THAT(Run(operations_.Peek(Usual(), Soon())),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Run(operations_.Allow("192.0.2.1", std::nullopt, Soon())),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Run(operations_.Import({Client("192.0.2.1", 5, kNow)}, Soon())),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::greylistd
