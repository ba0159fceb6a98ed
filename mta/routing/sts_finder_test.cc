#include "mta/routing/sts_finder.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::mta::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using Mode = StsPolicy::Mode;

// A store that outlives the finder.
using Shelf = std::map<std::string, StoredSts>;

class ShelfStore final : public StsStore {
 public:
  explicit ShelfStore(Shelf& shelf) : shelf_(shelf) {}

  net::Task<std::optional<StoredSts>> Get(std::string domain) override {
    const auto found = shelf_.find(domain);
    if (found == shelf_.end()) co_return std::nullopt;
    co_return found->second;
  }
  net::Task<> Put(std::string domain, StoredSts stored) override {
    shelf_[domain] = std::move(stored);
    co_return;
  }

 private:
  Shelf& shelf_;
};

class StsFinderTest : public ::testing::Test {
 protected:
  StsFinderTest() { Restart(); }
  ~StsFinderTest() override { Settle(); }

  // A new finder, with what the store has.
  void Restart() {
    finder_.reset();
    registry_ = std::make_unique<metrics::Registry>();
    finder_ = std::make_unique<StsFinder>(StsFinder::Parts{
        .resolver = dns_,
        .get = [this](std::string uri, size_t,
                      net::Deadline) { return Answer(*this, std::move(uri)); },
        .store = std::make_unique<ShelfStore>(shelf_),
        .clock = clock_,
        .drain = drain_,
        .metrics = *registry_});
  }

  static net::Task<absl::StatusOr<https::Response>> Answer(StsFinderTest& self,
                                                           std::string uri) {
    self.asked_.push_back(uri);
    if (self.hold_ != nullptr) {
      co_await self.hold_->Wait(net::Deadline::After(absl::Seconds(30)));
    }
    co_return self.answer_;
  }

  // The server has a policy of this mode.
  void Serve(const std::string& mode, int max_age = 604800) {
    answer_ = https::Response{
        .status = 200,
        .content_type = "text/plain",
        .body = absl::StrCat("version: STSv1\nmode: ", mode,
                             "\nmx: mx.example.org\nmax_age: ", max_age, "\n")};
  }
  // The record has this id; empty: there is none.
  void Publish(const std::string& id) {
    dns_.Reset(id.empty() ? "example.org A 192.0.2.1"
                          : absl::StrCat("_mta-sts.example.org TXT \"v=STSv1; "
                                         "id=",
                                         id, ";\""));
  }

  StsFound Find(const std::string& domain = "example.org") {
    return *runtime_->BlockOn(finder_->For(domain));
  }
  static net::Task<> Note(StsFinder& finder, Mode& mode) {
    const std::shared_ptr<const StsFound> found =
        co_await finder.For("example.org");
    mode = found->policy->mode;
  }
  // The same once what was begun beside it has ended.
  std::optional<Mode> FoundMode() {
    const StsFound found = Find();
    Settle();
    return found.policy ? std::optional(found.policy->mode) : std::nullopt;
  }
  void Settle() { EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30))); }

  double Fetches(const std::string& result) {
    const std::string name = absl::StrCat(
        "postern_mta_smtp_sts_fetches_total{result=\"", result, "\"} ");
    const std::string text = registry_->Render();
    return std::stod(text.substr(text.find(name) + name.size()));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 2}).value();
  net::Drain drain_;
  dns::FakeResolver dns_;
  FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Shelf shelf_;
  absl::StatusOr<https::Response> answer_ = absl::UnavailableError("away");
  net::Event* hold_ = nullptr;
  std::vector<std::string> asked_;
  std::unique_ptr<metrics::Registry> registry_;
  std::unique_ptr<StsFinder> finder_;
};

TEST_F(StsFinderTest, ADomainWithARecordIsAskedForItsPolicyOnce) {
  Publish("1");
  Serve("enforce");
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  EXPECT_THAT(
      asked_,
      ElementsAre("https://mta-sts.example.org/.well-known/mta-sts.txt"));
  EXPECT_EQ(Fetches("ok"), 1);
}

TEST_F(StsFinderTest, ADomainWithoutARecordIsNotAsked) {
  Publish("");
  EXPECT_EQ(FoundMode(), std::nullopt);
  EXPECT_FALSE(Find().failure.has_value());
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_THAT(dns_.questions(), SizeIs(1));
}

TEST_F(StsFinderTest, AnAddressHasNoPolicy) {
  EXPECT_FALSE(Find("192.0.2.1").is_any());
  EXPECT_FALSE(Find("").is_any());
  EXPECT_THAT(dns_.questions(), IsEmpty());
}

TEST_F(StsFinderTest, WithoutAPolicyAFailureIsToldAndTheServerLeftAlone) {
  Publish("1");
  const StsFound found = Find();
  EXPECT_FALSE(found.is_any());
  EXPECT_THAT(found.failure, Optional(TlsFailure::kStsPolicyFetchError));
  EXPECT_EQ(FoundMode(), std::nullopt);
  EXPECT_THAT(asked_, SizeIs(1));
  EXPECT_EQ(Fetches("failed"), 1);
  Serve("enforce");
  clock_.Advance(absl::Minutes(6));
  // Nobody waits for that.
  EXPECT_EQ(FoundMode(), std::nullopt);
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
}

TEST_F(StsFinderTest, APolicyThatIsKnownOutlivesItsServerAndItsRecord) {
  Publish("1");
  Serve("enforce");
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  Publish("2");
  answer_ = absl::UnauthenticatedError("a wrong certificate");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  EXPECT_EQ(Fetches("webpki"), 1);
  Publish("");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  dns_.Reset("_mta-sts.example.org SERVFAIL");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  clock_.Advance(absl::Hours(7 * 24));
  EXPECT_EQ(FoundMode(), std::nullopt);
}

TEST_F(StsFinderTest, AnotherIdBringsAnotherPolicy) {
  Publish("1");
  Serve("enforce");
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  Publish("2");
  Serve("none");
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  EXPECT_EQ(FoundMode(), Mode::kNone);
}

TEST_F(StsFinderTest, APolicyIsFetchedAnewBeforeItsTimeIsOver) {
  Publish("1");
  Serve("testing", 7200);
  EXPECT_EQ(FoundMode(), Mode::kTesting);
  clock_.Advance(absl::Minutes(30));
  EXPECT_EQ(FoundMode(), Mode::kTesting);
  EXPECT_THAT(asked_, SizeIs(1));
  clock_.Advance(absl::Minutes(45));
  EXPECT_EQ(FoundMode(), Mode::kTesting);
  EXPECT_THAT(asked_, SizeIs(2));
  clock_.Advance(absl::Minutes(90));
  EXPECT_EQ(FoundMode(), Mode::kTesting);
}

TEST_F(StsFinderTest, AStoredPolicyCountsAfterARestart) {
  Publish("1");
  Serve("enforce");
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  answer_ = absl::UnavailableError("kept from us");
  Restart();
  dns_.Reset("_mta-sts.example.org TIMEOUT");
  EXPECT_EQ(FoundMode(), Mode::kEnforce);
  clock_.Advance(absl::Hours(8 * 24));
  Restart();
  EXPECT_EQ(FoundMode(), std::nullopt);
}

TEST_F(StsFinderTest, AllWhoAskAtOnceWaitForOneLookUp) {
  Publish("1");
  Serve("enforce");
  net::Event hold;
  hold_ = &hold;
  std::vector<Mode> found(20, Mode::kNone);
  for (Mode& one : found) {
    net::Spawn(drain_, runtime_->NextReactor(), Note(*finder_, one));
  }
  hold.Set();
  Settle();
  hold_ = nullptr;
  EXPECT_THAT(found, ::testing::Each(Mode::kEnforce));
  EXPECT_THAT(asked_, SizeIs(1));
}

}  // namespace
}  // namespace postern::mta::routing
