#include "mta/restrictions/dnsbl_filter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

bool Counts(absl::string_view list, absl::string_view address) {
  return DnsList::Parse(list)->Counts(net::IpAddress::Parse(address).value());
}

TEST(DnsblFilterTest, AnAnswerCountsAsTheManualHasIt) {
  const struct {
    const char* why;
    const char* list;
    const char* address;
    bool counts;
  } cases[] = {
      {"no filter: any address", "bl.test", "127.0.0.9", true},
      {"no filter: really any", "bl.test", "10.0.0.1", true},
      {"this one", "bl.test=127.0.0.2", "127.0.0.2", true},
      {"another", "bl.test=127.0.0.2", "127.0.0.3", false},
      {"one of several", "bl.test=127.0.0.[2;4]", "127.0.0.4", true},
      {"none of several", "bl.test=127.0.0.[2;4]", "127.0.0.3", false},
      {"begin of a range", "bl.test=127.0.0.[4..8]", "127.0.0.4", true},
      {"end of a range", "bl.test=127.0.0.[4..8]", "127.0.0.8", true},
      {"beyond a range", "bl.test=127.0.0.[4..8]", "127.0.0.9", false},
      {"both", "bl.test=127.0.0.[2;4..8]", "127.0.0.2", true},
      {"between both", "bl.test=127.0.0.[2;4..8]", "127.0.0.3", false},
      {"in any place", "wl.test=127.0.[0..255].[1..3]", "127.0.77.2", true},
      {"the first as well", "wl.test=[126..127].0.0.1", "126.0.0.1", true},
      {"all", "bl.test=[0..255].[0..255].[0..255].[0..255]", "8.8.8.8", true},
      {"no IPv6", "bl.test=127.0.0.2", "2001:db8::1", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Counts(c.list, c.address), c.counts) << c.why;
  }
}

TEST(DnsblFilterTest, TheZoneIsInLowerCaseWithoutItsDot) {
  EXPECT_EQ(DnsList::Parse("BL.Test.=127.0.0.2")->zone, "bl.test");
}

TEST(DnsblFilterTest, SaysWhatIsWrong) {
  const struct {
    const char* why;
    const char* list;
    const char* message;
  } cases[] = {
      {"no zone", "", "is not the zone"},
      {"no zone but a filter", "=127.0.0.2", "is not the zone"},
      {"no name", "bl..test", "is not the zone"},
      {"empty filter", "bl.test=", "from 0 to 255"},
      {"three numbers", "bl.test=127.0.0", "four numbers"},
      {"five numbers", "bl.test=127.0.0.1.2", "more than four"},
      {"too large", "bl.test=127.0.0.256", "from 0 to 255"},
      {"not a number", "bl.test=127.0.0.x", "from 0 to 255"},
      {"negative", "bl.test=127.0.0.-1", "from 0 to 255"},
      {"empty brackets", "bl.test=127.0.0.[]", "from 0 to 255"},
      {"not closed", "bl.test=127.0.0.[2", "\"]\""},
      {"down", "bl.test=127.0.0.[8..4]", "goes down"},
      {"half a range", "bl.test=127.0.0.[8..]", "from 0 to 255"},
      {"a comma", "bl.test=127.0.0.[2,4]", "from 0 to 255"},
      {"behind the brackets", "bl.test=127.0.0.[2]3", "\"]\""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        DnsList::Parse(c.list),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)));
  }
}

}  // namespace
}  // namespace postern::mta::restrictions
