#include "lib/config/reference.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::config {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Mta Expanded(v1::Mta config) {
  EXPECT_TRUE(ExpandReferences({{"mydomain", "example.org"}}, config).ok());
  return config;
}

TEST(ReferenceTest, ANameStandsForTheValueOfItsField) {
  v1::Mta config;
  config.set_myhostname("mx.$mydomain");
  config.add_relay_domains("$myhostname");
  config.add_relay_domains("lists.${mydomain}");
  config.add_relay_domains("$(myhostname).x");
  config = Expanded(config);
  EXPECT_EQ(config.myhostname(), "mx.example.org");
  EXPECT_THAT(
      config.relay_domains(),
      ElementsAre("mx.example.org", "lists.example.org", "mx.example.org.x"));
}

TEST(ReferenceTest, AListInAListStandsForItsItems) {
  v1::Mta config;
  config.add_relay_domains("a");
  config.add_relay_domains("b");
  config.add_virtual_mailbox_domains("$relay_domains");
  config.add_virtual_mailbox_domains("c");
  config.set_relayhost("<$relay_domains>");
  config = Expanded(config);
  EXPECT_THAT(config.virtual_mailbox_domains(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(config.relayhost(), "<a, b>");
}

TEST(ReferenceTest, AnEmptyListIsNothing) {
  v1::Mta config;
  config.add_virtual_mailbox_domains("$relay_domains");
  EXPECT_EQ(Expanded(config).virtual_mailbox_domains_size(), 0);
}

TEST(ReferenceTest, WhatIsNoReferenceStays) {
  for (const char* text : {"", "$", "a$", "$1", "${1}", "${mydomain", "$nobody",
                           "$queue", "${nobody}", "$(mydomain}", "a $ b"}) {
    v1::Mta config;
    config.add_relay_domains(text);
    EXPECT_THAT(Expanded(config).relay_domains(), ElementsAre(text)) << text;
  }
}

TEST(ReferenceTest, TwoDollarSignsAreOne) {
  v1::Mta config;
  config.set_relayhost("$$mydomain$$");
  EXPECT_EQ(Expanded(config).relayhost(), "$mydomain$");
}

TEST(ReferenceTest, ACircleIsAnError) {
  v1::Mta config;
  config.set_relayhost("$myhostname");
  config.set_myhostname("a.$relayhost");
  EXPECT_THAT(ExpandReferences({}, config),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("refers to itself")));
}

}  // namespace
}  // namespace postern::config
