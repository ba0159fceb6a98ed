// What the engine libmilter does besides what engine_test.cc shows of both.

#include "lib/milter/libmilter_server.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/test_server_end.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::milter {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// libmilter can be started once in a process, so this is one test.
TEST(LibmilterServerTest, IsOneInAProcessAndStopsAtOnce) {
  const testing::TempDir dir;
  const auto runtime =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  ScriptedFilter filter;
  metrics::Registry metrics;
  Meters meters("testd", metrics);
  FilterContext context{filter, meters};
  const auto endpoint =
      net::Endpoint::Parse("unix:" + dir.path() + "/s").value();
  const std::unique_ptr<LibmilterServer> server =
      LibmilterServer::Start({.endpoint = endpoint}, context, *runtime).value();
  EXPECT_THAT(
      LibmilterServer::Start({.endpoint = endpoint}, context, *runtime),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("one socket")));
  {
    TestServerEnd end(*runtime, endpoint);
    EXPECT_THAT(end.Exchange(OfferOf(6), 1), SizeIs(1));
  }
  // Libmilter by itself looks every five seconds whether it is to stop.
  const net::Deadline soon = net::Deadline::After(absl::Seconds(3));
  server->Stop(absl::Seconds(20));
  EXPECT_FALSE(soon.has_passed());
  EXPECT_FALSE(ReadFile(endpoint.unix_path).ok());
}

}  // namespace
}  // namespace postern::milter
