#include "mta/filters/milters.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::filters {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::StartsWith;

class MiltersTest : public ::testing::Test {
 protected:
  MiltersTest() {
    for (const char* name : {"a", "b"}) {
      config::v1::Milter& milter = *config_.add_milters();
      milter.set_name(name);
      milter.add_endpoints("inet:127.0.0.1:1");
      milter.set_protocol(6);
    }
  }

  std::shared_ptr<const Milters> Make() {
    return Milters::FromConfig(config_, nullptr, {}).value();
  }
  // How many filters there are in each group for that client.
  std::vector<size_t> PlanFor(const Milters& milters, const char* client) {
    const auto plan = runtime_->BlockOn(
        milters.PlanFor(net::IpAddress::Parse(client).value()));
    std::vector<size_t> sizes;
    for (const auto& group : (*plan)->groups) sizes.push_back(group.size());
    return sizes;
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  config::v1::Filters config_;
};

using Sizes = std::vector<size_t>;

TEST_F(MiltersTest, PlansHaveGroups) {
  config_.add_smtpd_milters("a b");
  config_.add_smtpd_milters("a");
  EXPECT_EQ(PlanFor(*Make(), "192.0.2.1"), (Sizes{2, 1}));
}

TEST_F(MiltersTest, MapsNameOtherFiltersForSomeClients) {
  config_.add_smtpd_milters("a");
  config_.add_smtpd_milter_maps(
      "inline:{192.0.2.1=DISABLE, 192.0.2.2=b, 192.0.2.3={a, a b}}");
  const auto milters = Make();
  EXPECT_EQ(PlanFor(*milters, "192.0.2.1"), Sizes());
  EXPECT_EQ(PlanFor(*milters, "192.0.2.2"), Sizes{1});
  EXPECT_EQ(PlanFor(*milters, "192.0.2.9"), Sizes{1});
}

TEST_F(MiltersTest, AMapThatNamesNobodyIsAnError) {
  config_.add_smtpd_milter_maps("inline:{192.0.2.1=nobody}");
  EXPECT_THAT(
      runtime_
          ->BlockOn(Make()->PlanFor(net::IpAddress::Parse("192.0.2.1").value()))
          .status(),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(MiltersTest, ErrorsNameTheirField) {
  config_.add_smtpd_milters("nobody");
  EXPECT_THAT(Milters::FromConfig(config_, nullptr, {}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.smtpd_milters: ")));
  config_.clear_smtpd_milters();
  config_.add_smtpd_milter_maps("nonsense:x");
  EXPECT_THAT(Milters::FromConfig(config_, nullptr, {}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.smtpd_milter_maps: ")));
  config_.clear_smtpd_milter_maps();
  config_.mutable_milters(1)->mutable_tls()->set_ca_file("/nonexistent/ca");
  EXPECT_THAT(Milters::FromConfig(config_, nullptr, {}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.milters[1].tls: ")));
}

TEST_F(MiltersTest, RecipientsAreSkippedByAddressOrDomain) {
  config_.mutable_milters(0)->add_skip_recipient_maps(
      "inline:{dave@example.org=x, example.net=x}");
  config_.add_smtpd_milters("a");
  const auto milters = Make();
  const auto plan =
      runtime_->BlockOn(milters->PlanFor(net::IpAddress())).value();
  const PlannedMilter& a = plan->groups[0][0];
  EXPECT_THAT(runtime_->BlockOn(a.Skips("Dave@Example.org")),
              IsOkAndHolds(true));
  EXPECT_THAT(runtime_->BlockOn(a.Skips("eve@example.net")),
              IsOkAndHolds(true));
  EXPECT_THAT(runtime_->BlockOn(a.Skips("eve@example.org")),
              IsOkAndHolds(false));
}

}  // namespace
}  // namespace postern::mta::filters
