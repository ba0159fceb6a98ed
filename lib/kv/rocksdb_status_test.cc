#include "lib/kv/rocksdb_status.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::kv {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(RocksdbStatusTest, EveryErrorNamesTheDirectory) {
  struct Case {
    const char* why;
    rocksdb::Status from;
    absl::StatusCode to;
  };
  const Case cases[] = {
      {"disk full", rocksdb::Status::NoSpace("x"),
       absl::StatusCode::kResourceExhausted},
      {"damage", rocksdb::Status::Corruption("x"), absl::StatusCode::kDataLoss},
      {"disk error", rocksdb::Status::IOError("x"),
       absl::StatusCode::kUnavailable},
      {"anything else", rocksdb::Status::Busy("x"),
       absl::StatusCode::kUnavailable},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ToStatus(c.from, "/var/lib/x"),
                StatusIs(c.to, StartsWith("/var/lib/x: ")));
  }
  EXPECT_THAT(ToStatus(rocksdb::Status::OK(), "/x"), IsOk());
}

TEST(RocksdbStatusTest, ATakenLockIsAnotherProcess) {
  EXPECT_THAT(
      ToStatus(rocksdb::Status::IOError("While lock file: /x/LOCK",
                                        "Resource temporarily unavailable"),
               "/x"),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("another process")));
}

}  // namespace
}  // namespace postern::kv
