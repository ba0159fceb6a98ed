#include "lib/dns/server_address.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

TEST(ServerAddressTest, ReadsEveryForm) {
  EXPECT_THAT(UnboundAddress("192.0.2.53"),
              IsOkAndHolds(std::string("192.0.2.53")));
  EXPECT_THAT(UnboundAddress("2001:db8::53"),
              IsOkAndHolds(std::string("2001:db8::53")));
  EXPECT_THAT(UnboundAddress("192.0.2.53:5353"),
              IsOkAndHolds(std::string("192.0.2.53@5353")));
  EXPECT_THAT(UnboundAddress("[2001:db8::53]:5353"),
              IsOkAndHolds(std::string("2001:db8::53@5353")));
  EXPECT_THAT(UnboundAddress("192.0.2.53@5353"),
              IsOkAndHolds(std::string("192.0.2.53@5353")));
}

TEST(ServerAddressTest, RefusesNamesAndPortsThatCannotBe) {
  for (const char* text : {"", "ns.example.org", "ns.example.org:53",
                           "192.0.2.53@", "192.0.2.53@0", "192.0.2.53@65536",
                           "192.0.2.53:0", "x@53", "unix:/run/ns"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(UnboundAddress(text),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace postern::dns
