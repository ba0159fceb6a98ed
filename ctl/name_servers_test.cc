#include "ctl/name_servers.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kName[] = "mail._domainkey.example.org";
constexpr char kZone[] =
    "example.org. 300 IN SOA ns.example.org. h.example.org. 1 2 3 4 5\n"
    "ns.example.org. 300 IN A 192.0.2.53\n"
    "ns.example.org. 300 IN AAAA 2001:db8::53\n"
    "mail._domainkey.example.org. 300 IN TXT \"v=DKIM1; p=\"\n";

std::string Number(const dkim::FoundKeys& found) {
  return absl::StrCat(found.records.size(), " records");
}

class NameServersTest : public ::testing::Test {
 protected:
  NameServersTest() { EXPECT_THAT(WriteFile(records_, kZone), IsOk()); }

  Arguments Parse(std::vector<std::string> words) {
    words.insert(words.end(), {"--dns-records", records_});
    Syntax syntax = NameServerSyntax();
    syntax.options.insert("--update-server");
    return Arguments::Parse(words, syntax).value();
  }

  const testing::TempDir dir_;
  const std::string records_ = dir_.path() + "/records";
};

TEST_F(NameServersTest, GivenRecordsAreLookedAtAlone) {
  EXPECT_THAT(WhoLacks(Parse({}), kName, Number),
              IsOkAndHolds("the DNS: 1 records"));
  EXPECT_THAT(
      WhoLacks(Parse({}), kName, [](const dkim::FoundKeys&) { return ""; }),
      IsOkAndHolds(""));
}

TEST_F(NameServersTest, ListedServersAreAskedThemselves) {
  // Nobody listens there.
  EXPECT_THAT(WhoLacks(Parse({"--name-servers", "127.0.0.1:1"}), kName, Number),
              IsOkAndHolds("127.0.0.1:1: 0 records"));
  EXPECT_THAT(WhoLacks(Parse({"--name-servers", "here"}), kName, Number),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("here")));
}

TEST_F(NameServersTest, ThePrimaryIsTheOneOfTheZone) {
  const auto primary = FindPrimary(Parse({}), kName);
  ASSERT_THAT(primary, IsOk());
  EXPECT_EQ(primary->zone, "example.org");
  ASSERT_EQ(primary->endpoints.size(), 2u);
  EXPECT_EQ(primary->endpoints[0].ToString(), "192.0.2.53:53");
  EXPECT_EQ(primary->endpoints[1].ToString(), "[2001:db8::53]:53");
  EXPECT_EQ(FindPrimary(Parse({"--name-server-port", "54"}), kName)
                ->endpoints[0]
                .port,
            54);
}

TEST_F(NameServersTest, ThePrimaryAndTheZoneMayBeSaid) {
  const struct {
    const char* server;
    const char* endpoint;
  } kCases[] = {
      {"192.0.2.1", "192.0.2.1:53"},
      {"192.0.2.1:5353", "192.0.2.1:5353"},
      {"2001:db8::1", "[2001:db8::1]:53"},
      {"[2001:db8::1]:5353", "[2001:db8::1]:5353"},
      {"ns.example.org", "192.0.2.53:53"},
      {"ns.example.org:5353", "192.0.2.53:5353"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.server);
    const auto primary = FindPrimary(
        Parse({"--zone", "other.example", "--update-server", c.server}), kName);
    ASSERT_THAT(primary, IsOk());
    EXPECT_EQ(primary->zone, "other.example");
    EXPECT_EQ(primary->endpoints[0].ToString(), c.endpoint);
  }
}

TEST_F(NameServersTest, WrongOptionsAreSaid) {
  EXPECT_THAT(CheckNameServerOptions(Parse({})), IsOk());
  EXPECT_THAT(CheckNameServerOptions(Parse({"--name-server-port", "65536"})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("--name-server-port")));
  for (const char* listed : {"", ",", "192.0.2.1,"}) {
    EXPECT_THAT(CheckNameServerOptions(Parse({"--name-servers", listed})),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("--name-servers: addresses")));
  }
  EXPECT_THAT(CheckNameServerOptions(Parse({"--name-servers", "192.0.2.1"})),
              IsOk());
  EXPECT_THAT(CheckNameServerOptions(Parse({"--zone", "a..b"})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("--zone a..b: is no name")));
}

}  // namespace
}  // namespace postern::ctl
