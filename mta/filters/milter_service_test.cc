#include "mta/filters/milter_service.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::filters {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

config::v1::Filters Two() {
  config::v1::Filters config;
  for (const char* name : {"dkim", "av"}) {
    config::v1::Milter& milter = *config.add_milters();
    milter.set_name(name);
    milter.add_endpoints("inet:host.test:12345");
    milter.set_protocol(4);
  }
  config.mutable_milters(1)->add_endpoints("unix:/run/av");
  return config;
}

TEST(MilterServiceTest, ReadsEachFilter) {
  const auto milters = ParseMilters(Two()).value();
  ASSERT_EQ(milters.size(), 2u);
  const MilterService& av = milters.at("av");
  EXPECT_EQ(av.endpoints[0].host, "host.test");
  EXPECT_EQ(av.endpoints[1].unix_path, "/run/av");
  EXPECT_EQ(av.conversation.version, 4u);
}

TEST(MilterServiceTest, RefusesWhatCannotWork) {
  config::v1::Filters config = Two();
  config.mutable_milters(1)->set_name("dkim");
  EXPECT_THAT(ParseMilters(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.milters[1].name: dkim is there")));
  config.mutable_milters(1)->set_name("a b");
  EXPECT_THAT(ParseMilters(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.milters[1].name:")));
  config = Two();
  config.mutable_milters(0)->set_endpoints(0, "nonsense");
  EXPECT_THAT(ParseMilters(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.milters[0].endpoints:")));
  config.mutable_milters(0)->clear_endpoints();
  EXPECT_THAT(ParseMilters(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.milters[0].endpoints:")));
  while (config.milters_size() <= static_cast<int>(kMaxMilters)) {
    *config.add_milters() = Two().milters(0);
  }
  EXPECT_THAT(ParseMilters(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more")));
}

TEST(MilterServiceTest, WithTlsTheHostAsItIsWrittenMustAnswer) {
  config::v1::Filters config = Two();
  config::v1::Milter& written = *config.mutable_milters(0);
  written.mutable_tls()->set_ca_file("/ca.pem");
  written.add_endpoints("inet:192.0.2.7:12345");
  written.add_endpoints("inet:other.test:1");
  const MilterService service = ParseMilters(config).value().at("dkim");
  EXPECT_EQ(service.tls->ca_file, "/ca.pem");
  EXPECT_TRUE(service.tls->verify_peer);
  const auto at = [&service](const char* text) {
    return service.PeerAt(net::Endpoint::Parse(text).value());
  };
  EXPECT_EQ(at("192.0.2.1:12345").proof, net::TlsPeer::Proof::kName);
  EXPECT_THAT(at("192.0.2.1:12345").names,
              ElementsAre("host.test", "other.test"));
  EXPECT_EQ(at("192.0.2.1:12345").server_name, "host.test");
  EXPECT_THAT(at("192.0.2.7:12345").names, ElementsAre("192.0.2.7"));

  written.mutable_tls()->set_server_name("filter.test");
  const MilterService named = ParseMilters(config).value().at("dkim");
  EXPECT_THAT(named.PeerAt(net::Endpoint::Parse("192.0.2.7:1").value()).names,
              ElementsAre("filter.test"));
}

TEST(MilterServiceTest, RefusesTlsThatCannotWork) {
  config::v1::Filters config = Two();
  config.mutable_milters(1)->mutable_tls()->set_ca_file("/ca.pem");
  EXPECT_THAT(ParseMilters(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "filters.milters[1].tls: a Unix socket has none"));
  config = Two();
  config.mutable_milters(0)->mutable_tls()->set_key_file("/key.pem");
  EXPECT_THAT(ParseMilters(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("filters.milters[0].tls: certificate_file")));
}

TEST(MilterServiceTest, AGroupIsALineOfNames) {
  const auto known = ParseMilters(Two()).value();
  EXPECT_THAT(ParseMilterGroup(" dkim,  av ", known),
              IsOkAndHolds(ElementsAre("dkim", "av")));
  for (const char* wrong : {"", "dkim spam", "av av"}) {
    EXPECT_THAT(ParseMilterGroup(wrong, known).status(),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << wrong;
  }
}

}  // namespace
}  // namespace postern::mta::filters
