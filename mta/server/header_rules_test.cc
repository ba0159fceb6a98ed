#include "mta/server/header_rules.h"

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::StatusIs;

TEST(HeaderRulesTest, OnlyTheClientsInTheListAreRewritten) {
  config::v1::Mta config;
  const HeaderClient here = {.is_this_host = true};
  const HeaderClient near = {.is_in_mynetworks = true};
  const HeaderClient known = {.is_authenticated = true};
  HeaderRules rules = HeaderRules::FromConfig(config).value();
  EXPECT_FALSE(rules.Rewrites(here));
  config.add_local_header_rewrite_clients("permit_inet_interfaces");
  rules = HeaderRules::FromConfig(config).value();
  EXPECT_TRUE(rules.Rewrites(here));
  EXPECT_FALSE(rules.Rewrites(near));
  config.add_local_header_rewrite_clients("permit_mynetworks");
  config.add_local_header_rewrite_clients("permit_sasl_authenticated");
  rules = HeaderRules::FromConfig(config).value();
  EXPECT_TRUE(rules.Rewrites(near));
  EXPECT_TRUE(rules.Rewrites(known));
  EXPECT_FALSE(rules.Rewrites({}));
}

TEST(HeaderRulesTest, WhatIsNoRuleOrNoFieldIsAnError) {
  config::v1::Mta config;
  config.add_local_header_rewrite_clients("everybody");
  EXPECT_THAT(HeaderRules::FromConfig(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* field : {"no field", "A: b\r\nC: d"}) {
    config.Clear();
    config.set_undisclosed_recipients_header(field);
    EXPECT_THAT(HeaderRules::FromConfig(config).status(),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace postern::mta::server
