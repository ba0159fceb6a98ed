#include "lib/table/cidr_snapshot.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::table {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

std::unique_ptr<const Snapshot> Cidr(absl::string_view content) {
  return ParseCidr(content, "/t").value();
}
std::string ErrorOf(absl::string_view content) {
  return std::string(ParseCidr(content, "/t").status().message());
}

TEST(CidrSnapshotTest, TakesTheFirstNetworkThatHoldsTheAddress) {
  const auto table = Cidr(
      "192.0.2.1        OK\n"
      "192.0.2.0/24     REJECT near\n"
      "192.0.0.0/16     REJECT far\n"
      "2001:db8::/32    six\n"
      "[2001:db9::]/32  brackets\n"
      "[2001:dba::/32]  more brackets\n"
      "[2001:dbb::1]    alone\n");
  EXPECT_THAT(table->Find("192.0.2.1"), Optional(Eq("OK")));
  EXPECT_THAT(table->Find("192.0.2.2"), Optional(Eq("REJECT near")));
  EXPECT_THAT(table->Find("192.0.3.1"), Optional(Eq("REJECT far")));
  EXPECT_THAT(table->Find("2001:db8::1"), Optional(Eq("six")));
  EXPECT_THAT(table->Find("2001:db9::1"), Optional(Eq("brackets")));
  EXPECT_THAT(table->Find("2001:dba::1"), Optional(Eq("more brackets")));
  EXPECT_THAT(table->Find("2001:dbb::1"), Optional(Eq("alone")));
  EXPECT_THAT(table->Find("198.51.100.1"), Eq(std::nullopt));
}

TEST(CidrSnapshotTest, FindsNothingForWhatIsNotAnAddress) {
  const auto table = Cidr("0.0.0.0/0 all\n::/0 all\n");
  EXPECT_THAT(table->Find("example.org"), Eq(std::nullopt));
  EXPECT_THAT(table->Find(""), Eq(std::nullopt));
  EXPECT_THAT(table->Find("192.0.2.0/24"), Eq(std::nullopt));
}

// SPF-09.
TEST(CidrSnapshotTest, TakesMappedAddressesForIpv4) {
  EXPECT_THAT(Cidr("192.0.2.0/24 yes\n")->Find("::ffff:192.0.2.1"),
              Optional(Eq("yes")));
}

TEST(CidrSnapshotTest, HasBlocksAndNegation) {
  const auto table = Cidr(
      "if 10.0.0.0/8\n"
      "!10.1.0.0/16 ten, and not one\n"
      "10.1.1.1 one\n"
      "endif\n"
      "if !10.0.0.0/8\n"
      "10.2.0.1 never\n"
      "0.0.0.0/0 other\n"
      "endif\n");
  EXPECT_THAT(table->Find("10.2.0.1"), Optional(Eq("ten, and not one")));
  EXPECT_THAT(table->Find("10.1.1.1"), Optional(Eq("one")));
  EXPECT_THAT(table->Find("10.1.1.2"), Eq(std::nullopt));
  EXPECT_THAT(table->Find("192.0.2.1"), Optional(Eq("other")));
}

TEST(CidrSnapshotTest, SaysWhereAFileIsWrong) {
  EXPECT_THAT(ErrorOf("# x\n192.0.2.1/24 a\n"),
              Eq("/t:2: \"192.0.2.1/24\" has bits beyond its prefix"));
  EXPECT_THAT(ErrorOf("192.0.2.0/33 a\n"), HasSubstr("/t:1: "));
  EXPECT_THAT(ErrorOf("host a\n"),
              Eq("/t:1: \"host\" is not an IP address or network"));
  EXPECT_THAT(ErrorOf("[192.0.2.1 a\n"),
              Eq("/t:1: \"[192.0.2.1\" has a bracket that is not closed"));
  EXPECT_THAT(ErrorOf("[1]2 a\n"), HasSubstr("is not an IP address"));
  EXPECT_THAT(ErrorOf("192.0.2.1\n"), Eq("/t:1: the pattern has no result"));
}

}  // namespace
}  // namespace postern::table
