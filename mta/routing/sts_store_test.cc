#include "mta/routing/sts_store.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/net/runtime.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kFetched = absl::FromUnixSeconds(1'700'000'000);

StoredSts Usual() {
  StoredSts stored = {.id = "20231114",
                      .fetched = kFetched,
                      .file =
                          "version: STSv1\r\nmode: testing\r\n"
                          "mx: mx.example.org\r\nmax_age: 86400\r\n"};
  stored.policy = ParseStsPolicy(stored.file).value();
  return stored;
}

TEST(StoredStsTest, TheTextIsReadAsItWasWritten) {
  const std::string text = FormatStoredSts(Usual());
  EXPECT_THAT(text, StartsWith("1 20231114 1700000000\nversion: STSv1\r\n"));
  const absl::StatusOr<StoredSts> stored = ParseStoredSts(text);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->id, "20231114");
  EXPECT_EQ(stored->fetched, kFetched);
  EXPECT_EQ(stored->policy, Usual().policy);
  EXPECT_EQ(stored->expires(), kFetched + absl::Hours(24));
}

TEST(StoredStsTest, AnyOtherTextIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("2 id 1700000000\n") + Usual().file,
        std::string("1 id\n") + Usual().file,
        std::string("1 id soon\n") + Usual().file,
        std::string("1 id 1700000000\nhello")}) {
    EXPECT_THAT(ParseStoredSts(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

class StsStoreTest : public ::testing::Test {
 protected:
  std::optional<StoredSts> Get(StsStore& store) {
    return runtime_->BlockOn(store.Get("example.org"));
  }
  static net::Task<bool> PutUsual(StsStore& store) {
    co_await store.Put("example.org", Usual());
    co_return true;
  }

  FakeClock clock_{kFetched};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
};

TEST_F(StsStoreTest, OnDiskAPolicySurvivesARestartAndThenExpires) {
  testing::TempDir dir;
  {
    auto store = OpenStsStore(dir.path() + "/sts", clock_).value();
    EXPECT_EQ(Get(*store), std::nullopt);
    runtime_->BlockOn(PutUsual(*store));
  }
  auto store = OpenStsStore(dir.path() + "/sts", clock_).value();
  const std::optional<StoredSts> stored = Get(*store);
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->policy, Usual().policy);
  clock_.Advance(absl::Hours(25));
  EXPECT_FALSE(Get(*store).has_value());
}

// What Redis holds, as far as GET and SET go.
class StsRedisTest : public StsStoreTest {
 protected:
  std::string Answer(const redis::FakeServer::Words& words) {
    if (words[0] == "SET" && words.size() == 5) {
      values_[words[1]] = words[2];
      lifetime_ = words[4];
      return "+OK\r\n";
    }
    const auto found = values_.find(words[1]);
    if (words[0] != "GET") return "-ERR what?\r\n";
    if (found == values_.end()) return "$-1\r\n";
    return absl::StrCat("$", found->second.size(), "\r\n", found->second,
                        "\r\n");
  }

  std::map<std::string, std::string> values_;
  std::string lifetime_;
  redis::FakeServer server_{
      *runtime_,
      [this](const redis::FakeServer::Words& words) { return Answer(words); }};
};

TEST_F(StsRedisTest, InRedisAPolicyLivesAsLongAsItSays) {
  config::v1::Redis config;
  config.add_endpoints(server_.endpoint().ToString());
  const auto client =
      redis::Client::Create(config, {.runtime = *runtime_}).value();
  const std::unique_ptr<StsStore> store = MakeStsStore(*client);
  EXPECT_FALSE(Get(*store).has_value());
  runtime_->BlockOn(PutUsual(*store));
  EXPECT_EQ(lifetime_, "86400");
  const std::optional<StoredSts> stored = Get(*store);
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->policy, Usual().policy);
  values_.begin()->second = "1 damaged";
  EXPECT_FALSE(Get(*store).has_value());
  client->Close();
}

}  // namespace
}  // namespace postern::mta::routing
