#include "mta/outbound/destination_limits.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/outbound/concurrency_window.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::StartsWith;

config::v1::Smtp Config() {
  config::v1::Smtp config;
  config.set_destination_concurrency_limit(20);
  config.set_initial_destination_concurrency(5);
  config.set_connection_reuse_count_limit(100);
  return config;
}

TEST(DestinationLimitsTest, TheFirstBlockThatFitsCounts) {
  config::v1::Smtp config = Config();
  config::v1::DestinationLimits& slow = *config.add_destination_limits();
  slow.set_name("slow");
  slow.add_destinations("Example.org");
  slow.add_destinations(".below.example");
  slow.set_destination_concurrency_limit(2);
  config::v1::DestinationLimits& hosted = *config.add_destination_limits();
  hosted.set_name("hosted");
  hosted.add_destinations("mx:.mail.example");
  hosted.mutable_destination_rate_delay()->set_seconds(1);
  const DestinationLimits limits =
      DestinationLimits::FromConfig(config).value();
  EXPECT_THAT(limits.classes(), ElementsAre("default", "slow", "hosted"));
  const struct {
    const char* domain;
    std::vector<std::string> hosts;
    size_t limit_class;
    const char* why;
  } cases[] = {
      {"example.org", {"mx.mail.example"}, 1, "the first of two"},
      {"a.example.org", {}, 0, "the domain alone"},
      {"a.below.example", {}, 1, "below"},
      {"below.example", {}, 0, "not below itself"},
      {"example.net", {"mx.other.example", "mx.mail.example"}, 2, "a host"},
      {"mx.mail.example", {}, 0, "not a domain of that name"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(limits.For(c.domain, c.hosts).limit_class, c.limit_class)
        << c.why;
  }
  const Destination to = limits.For("example.org", {});
  EXPECT_EQ(to.concurrency.most, 2u);
  EXPECT_EQ(to.concurrency.initial, 5u);
  EXPECT_EQ(to.rate_delay, absl::ZeroDuration());
  EXPECT_EQ(to.reuse_limit, 100u);
  EXPECT_EQ(limits.For("x", {"a.mail.example"}).rate_delay, absl::Seconds(1));
}

TEST(DestinationLimitsTest, AStarFitsAll) {
  config::v1::Smtp config = Config();
  config::v1::DestinationLimits& all = *config.add_destination_limits();
  all.set_name("all");
  all.add_destinations("*");
  all.set_connection_reuse_count_limit(1);
  const DestinationLimits limits =
      DestinationLimits::FromConfig(config).value();
  EXPECT_EQ(limits.For("example.org", {}).reuse_limit, 1u);
}

TEST(DestinationLimitsTest, ABlockNeedsANameAndDestinations) {
  for (const bool has_name : {false, true}) {
    config::v1::Smtp config = Config();
    config::v1::DestinationLimits& block = *config.add_destination_limits();
    if (has_name) {
      block.set_name("slow");
    } else {
      block.add_destinations("example.org");
    }
    EXPECT_THAT(DestinationLimits::FromConfig(config).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("smtp.destination_limits: ")));
  }
}

TEST(ConcurrencyWindowTest, GrowsWithWhatIsUsedAndShrinksWithTrouble) {
  ConcurrencyWindow window(
      {.initial = 2, .most = 5, .positive = 1, .negative = 0.5});
  EXPECT_EQ(window.size(), 2u);
  window.Grow(1);
  EXPECT_EQ(window.size(), 3u);
  window.Grow(1);  // Two more than are used: enough.
  EXPECT_EQ(window.size(), 3u);
  for (int i = 0; i < 9; ++i) window.Grow(window.size());
  EXPECT_EQ(window.size(), 5u);
  window.Shrink();
  window.Shrink();
  EXPECT_EQ(window.size(), 4u);
  for (int i = 0; i < 99; ++i) window.Shrink();
  EXPECT_EQ(window.size(), 1u);
}

TEST(ConcurrencyWindowTest, NeverBeginsAboveItsLimit) {
  EXPECT_EQ(ConcurrencyWindow({.initial = 5, .most = 2}).size(), 2u);
}

TEST(DestinationLimitsTest, WhatTheOperatorChangesCountsFirst) {
  config::v1::Smtp config = Config();
  config::v1::DestinationLimits& slow = *config.add_destination_limits();
  slow.set_name("slow");
  slow.add_destinations(".example.org");
  slow.set_destination_concurrency_limit(2);
  DestinationLimits limits = DestinationLimits::FromConfig(config).value();
  ASSERT_TRUE(
      limits.Apply({.pattern = ".Example.org", .rate_delay = absl::Seconds(3)})
          .ok());
  const Destination changed = limits.For("a.example.org", {});
  EXPECT_EQ(changed.rate_delay, absl::Seconds(3));
  EXPECT_EQ(changed.concurrency.most, 2u) << "the rest is as it was";
  EXPECT_EQ(changed.limit_class, 1u);
  ASSERT_TRUE(limits.Apply({.pattern = ".example.org", .concurrency = 1}).ok());
  EXPECT_EQ(limits.For("a.example.org", {}).concurrency.most, 1u);
  EXPECT_EQ(limits.For("a.example.org", {}).rate_delay, absl::Seconds(3));
  EXPECT_EQ(limits.Show().size(), 3u);
  EXPECT_EQ(limits.Show()[0].name, "");
  ASSERT_TRUE(limits.Apply({.pattern = ".example.org"}).ok());
  EXPECT_EQ(limits.For("a.example.org", {}).concurrency.most, 2u);
  ASSERT_TRUE(limits.Apply({.pattern = "*", .concurrency = 1}).ok());
  EXPECT_EQ(limits.For("x.test", {}).concurrency.most, 1u);
  EXPECT_THAT(limits.Apply({.pattern = ""}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// The numbers stand for what metrics were made of at the start.
TEST(DestinationLimitsTest, WhatIsReadAnewIsCountedWhereItWas) {
  config::v1::Smtp config = Config();
  for (const char* name : {"slow", "fast"}) {
    config::v1::DestinationLimits& block = *config.add_destination_limits();
    block.set_name(name);
    block.add_destinations(absl::StrCat(name, ".test"));
  }
  const auto before = DestinationLimits::FromConfig(config).value();
  config.mutable_destination_limits(0)->set_name("new");
  config.mutable_destination_limits(0)->set_destination_concurrency_limit(3);
  auto anew = DestinationLimits::FromConfig(config).value();
  anew.KeepClassesOf(before);
  EXPECT_EQ(anew.For("fast.test", {}).limit_class, 2u);
  EXPECT_EQ(anew.For("slow.test", {}).limit_class, 0u);
  EXPECT_EQ(anew.For("slow.test", {}).concurrency.most, 3u);
  EXPECT_EQ(anew.Show()[0].name, "new");
  EXPECT_THAT(anew.classes(), ElementsAre("default", "slow", "fast"));
}

}  // namespace
}  // namespace postern::mta::outbound
