#include "dkimd/address_list.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::StatusIs;

TEST(AddressListTest, AddressesDomainsAndPatternsAreFound) {
  const AddressList list =
      AddressList::Create({"Raphael@falcot.com", "example.org", ".example.net",
                           "bounce-*@*.example.com"})
          .value();
  EXPECT_TRUE(list.Contains("raphael@FALCOT.com"));
  EXPECT_FALSE(list.Contains("roland@falcot.com"));
  EXPECT_TRUE(list.Contains("anybody@Example.org"));
  EXPECT_FALSE(list.Contains("anybody@sub.example.org"));
  EXPECT_TRUE(list.Contains("anybody@a.b.example.net"));
  EXPECT_FALSE(list.Contains("anybody@example.net"));
  EXPECT_TRUE(list.Contains("bounce-77", "l.example.com"));
  EXPECT_FALSE(list.Contains("bounce-77", "example.com"));
  EXPECT_FALSE(list.Contains(""));
  EXPECT_FALSE(list.Contains("\"a@falcot.com\"@other.example"));
}

TEST(AddressListTest, AStarIsEverybody) {
  const AddressList list = AddressList::Create({"*"}).value();
  EXPECT_TRUE(list.Contains("a@b.example"));
  EXPECT_TRUE(list.Contains(""));
  EXPECT_FALSE(AddressList().Contains("a@b.example"));
}

TEST(AddressListTest, NothingElseIsAnEntry) {
  for (const char* entry : {"", "a b", "<a@b.example>", "a@b,c@d"}) {
    EXPECT_THAT(AddressList::Create({entry}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << entry;
  }
}

}  // namespace
}  // namespace postern::dkimd
