#include "mta/restrictions/address_class.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

config::v1::Mta SomeConfig() {
  config::v1::Mta config;
  config.add_virtual_mailbox_domains("Example.org");
  config.add_virtual_mailbox_maps(
      "inline:{ {anna@example.org = example.org/anna/} }");
  config.add_relay_domains("relay.example.net");
  return config;
}

AddressClass ClassOf(const AddressClasses& classes, std::string local_part,
                     std::string domain) {
  return classes.ClassOf({std::move(local_part), std::move(domain)});
}

TEST(AddressClassTest, TellsOursFromRelayedFromForeign) {
  const AddressClasses classes =
      AddressClasses::FromConfig(SomeConfig()).value();
  EXPECT_EQ(ClassOf(classes, "anna", "example.org"), AddressClass::kMailbox);
  EXPECT_EQ(ClassOf(classes, "Anna", "EXAMPLE.ORG"), AddressClass::kMailbox);
  EXPECT_EQ(ClassOf(classes, "bob", "example.org"),
            AddressClass::kUnknownMailbox);
  EXPECT_EQ(ClassOf(classes, "x", "relay.example.net"), AddressClass::kRelay);
  EXPECT_EQ(ClassOf(classes, "x", "sub.relay.example.net"),
            AddressClass::kElsewhere);
  EXPECT_EQ(ClassOf(classes, "x", "example.com"), AddressClass::kElsewhere);
  EXPECT_EQ(ClassOf(classes, "anna", "[192.0.2.1]"), AddressClass::kElsewhere);
}

TEST(AddressClassTest, MTA36RoutingInALocalPartIsElsewhere) {
  const AddressClasses classes =
      AddressClasses::FromConfig(SomeConfig()).value();
  for (const char* local :
       {"user%evil.example", "evil.example!user", "user@evil.example"}) {
    EXPECT_EQ(ClassOf(classes, local, "example.org"), AddressClass::kElsewhere)
        << local;
    EXPECT_EQ(ClassOf(classes, local, "relay.example.net"),
              AddressClass::kElsewhere)
        << local;
  }
}

TEST(AddressClassTest, AMailboxMayTakeAWholeDomain) {
  config::v1::Mta config = SomeConfig();
  config.add_virtual_mailbox_maps(
      "inline:{ {@example.org = example.org/rest/} }");
  const AddressClasses classes = AddressClasses::FromConfig(config).value();
  EXPECT_THAT(classes.MailboxOf({"anna", "example.org"}),
              Optional(std::string("example.org/anna/")));
  EXPECT_THAT(classes.MailboxOf({"bob", "example.org"}),
              Optional(std::string("example.org/rest/")));
  EXPECT_EQ(classes.MailboxOf({"bob", "example.com"}), std::nullopt);
}

TEST(AddressClassTest, ReadsTheTableFile) {
  const testing::TempDir dir;
  ASSERT_TRUE(
      WriteFile(dir.path() + "/boxes", "cleo@example.org example.org/cleo/\n")
          .ok());
  config::v1::Mta config;
  config.add_virtual_mailbox_domains("example.org");
  config.add_virtual_mailbox_maps(absl::StrCat("hash:", dir.path(), "/boxes"));
  const AddressClasses classes = AddressClasses::FromConfig(config).value();
  EXPECT_EQ(ClassOf(classes, "cleo", "example.org"), AddressClass::kMailbox);
}

TEST(AddressClassTest, NamesTheFieldAtFault) {
  config::v1::Mta both = SomeConfig();
  both.add_relay_domains("example.ORG");
  EXPECT_THAT(AddressClasses::FromConfig(both),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("relay_domains: ")));
  config::v1::Mta not_a_domain;
  not_a_domain.add_virtual_mailbox_domains("a b");
  EXPECT_THAT(AddressClasses::FromConfig(not_a_domain),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("virtual_mailbox_domains: ")));
  config::v1::Mta no_file;
  no_file.add_virtual_mailbox_maps("hash:/nonexistent/boxes");
  EXPECT_THAT(AddressClasses::FromConfig(no_file),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("/nonexistent/boxes")));
}

}  // namespace
}  // namespace postern::mta::restrictions
