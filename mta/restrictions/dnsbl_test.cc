#include "mta/restrictions/dnsbl.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = DnsblAnswer::Kind;

constexpr absl::Duration kTimeout = absl::Seconds(20);

// Answers nobody until `wanted` questions are there.
class Gathering final : public dns::Resolver {
 public:
  explicit Gathering(int wanted) : wanted_(wanted) {}

  net::Task<absl::StatusOr<dns::Answer>> Resolve(
      std::string, dns::Type, net::Deadline deadline) override {
    if (++asked_ == wanted_) {
      for (auto& event : waiting_) event->Set();
    } else {
      auto event = std::make_shared<net::Event>();
      waiting_.push_back(event);
      const bool all_came = co_await event->Wait(deadline);
      if (!all_came) co_return absl::DeadlineExceededError("alone");
    }
    co_return dns::Answer{.outcome = dns::Answer::Outcome::kNxDomain};
  }

 private:
  const int wanted_;
  int asked_ = 0;
  std::vector<std::shared_ptr<net::Event>> waiting_;
};

class DnsListsTest : public ::testing::Test {
 protected:
  ~DnsListsTest() override {
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(kTimeout));
  }

  DnsLists::Parts With(dns::Resolver& resolver) {
    return {resolver, clock_, drain_, registry_};
  }

  static net::Task<std::vector<DnsblAnswer>> AskAll(
      DnsLists& lists, std::string name, std::vector<std::string> zones,
      absl::Duration timeout) {
    for (const std::string& zone : zones) {
      lists.Prefetch(name, DnsList::Parse(zone).value(), timeout);
    }
    std::vector<DnsblAnswer> answers;
    for (const std::string& zone : zones) {
      const DnsList list = DnsList::Parse(zone).value();
      DnsblAnswer answer = co_await lists.Ask(name, list, timeout);
      answers.push_back(std::move(answer));
    }
    co_return answers;
  }

  DnsblAnswer Ask(DnsLists& lists, std::string name, std::string zone) {
    return runtime_->BlockOn(
        AskAll(lists, std::move(name), {std::move(zone)}, kTimeout))[0];
  }

  FakeClock clock_;
  net::Drain drain_;
  metrics::Registry registry_;
  dns::FakeResolver dns_{R"(
    2.0.0.127.bl.test  A    127.0.0.2
    2.0.0.127.bl.test  A    127.0.0.4
    2.0.0.127.bl.test  TXT  "spam " "source"
    2.0.0.127.bl.test  TXT  "see there"
    dead.test          SERVFAIL
    2.0.0.127.dead.test TIMEOUT
    2.0.0.127.mute.test A   127.0.0.2
    2.0.0.127.mute.test TXT SERVFAIL
  )"};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(DnsListsTest, AListedNameComesWithTheReason) {
  DnsLists lists(With(dns_));
  const DnsblAnswer answer = Ask(lists, "2.0.0.127", "bl.test");
  EXPECT_EQ(answer.kind, Kind::kListed);
  EXPECT_THAT(answer.reason, HasSubstr("spam source"));
  EXPECT_THAT(answer.reason, HasSubstr(" / "));
  EXPECT_THAT(answer.reason, HasSubstr("see there"));
}

TEST_F(DnsListsTest, OnlyAddressesThatTheFilterHasCount) {
  DnsLists lists(With(dns_));
  EXPECT_EQ(Ask(lists, "2.0.0.127", "bl.test=127.0.0.[4..8]").kind,
            Kind::kListed);
  EXPECT_EQ(Ask(lists, "2.0.0.127", "bl.test=127.0.0.[5..8]").kind,
            Kind::kNotListed);
}

TEST_F(DnsListsTest, WhoIsNotListedIsNotAskedTheReason) {
  DnsLists lists(With(dns_));
  EXPECT_EQ(Ask(lists, "3.0.0.127", "bl.test").kind, Kind::kNotListed);
  EXPECT_THAT(dns_.questions(), ElementsAre("3.0.0.127.bl.test A"));
}

TEST_F(DnsListsTest, AListHasItsMetricsBeforeItIsAsked) {
  DnsLists lists(With(dns_));
  lists.Announce(DnsList::Parse("bl.test=127.0.0.2").value());
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_dnsbl_questions_total{result=\"failed\","
                        "zone=\"bl.test\"} 0"));
}

TEST_F(DnsListsTest, AnswersAreRemembered) {
  DnsLists lists(With(dns_));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(lists, "2.0.0.127", "bl.test").kind, Kind::kListed);
    EXPECT_EQ(Ask(lists, "3.0.0.127", "bl.test").kind, Kind::kNotListed);
  }
  EXPECT_EQ(dns_.questions().size(), 3u);
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_dnsbl_cache_hits_total{zone="));
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Ask(lists, "3.0.0.127", "bl.test").kind, Kind::kNotListed);
  EXPECT_EQ(dns_.questions().size(), 4u);
}

TEST_F(DnsListsTest, ADeadListIsAskedOnceInAWhile) {
  DnsLists lists(With(dns_));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(lists, "2.0.0.127", "dead.test").kind, Kind::kFailed);
  }
  EXPECT_EQ(dns_.questions().size(), 1u);
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_dnsbl_questions_total{result=\"failed\","
                        "zone=\"dead.test\"} 3"));
}

TEST_F(DnsListsTest, ADeadListDoesNotStopTheOthers) {
  DnsLists lists(With(dns_));
  const std::vector<DnsblAnswer> answers = runtime_->BlockOn(
      AskAll(lists, "2.0.0.127", {"dead.test", "bl.test"}, kTimeout));
  EXPECT_EQ(answers[0].kind, Kind::kFailed);
  EXPECT_EQ(answers[1].kind, Kind::kListed);
}

TEST_F(DnsListsTest, AListWithoutAReasonListsAllTheSame) {
  DnsLists lists(With(dns_));
  const DnsblAnswer answer = Ask(lists, "2.0.0.127", "mute.test");
  EXPECT_EQ(answer.kind, Kind::kListed);
  EXPECT_THAT(answer.reason, IsEmpty());
}

TEST_F(DnsListsTest, AllAreAskedInParallel) {
  Gathering gathering(3);
  DnsLists lists(With(gathering));
  for (const DnsblAnswer& answer : runtime_->BlockOn(AskAll(
           lists, "2.0.0.127", {"a.test", "b.test", "c.test"}, kTimeout))) {
    EXPECT_EQ(answer.kind, Kind::kNotListed);
  }
}

TEST_F(DnsListsTest, AListThatNeverAnswersCostsItsDeadline) {
  Gathering never(2);
  DnsLists lists(With(never));
  const std::vector<DnsblAnswer> answers = runtime_->BlockOn(
      AskAll(lists, "2.0.0.127", {"a.test"}, absl::Milliseconds(30)));
  EXPECT_EQ(answers[0].kind, Kind::kFailed);
}

TEST_F(DnsListsTest, ManySessionsShareAQuestion) {
  DnsLists lists(With(dns_));
  runtime_->BlockOn(
      AskAll(lists, "2.0.0.127",
             {"bl.test", "bl.test=127.0.0.2", "bl.test=127.0.0.9", "bl.test"},
             kTimeout));
  EXPECT_THAT(dns_.questions(),
              ElementsAre("2.0.0.127.bl.test A", "2.0.0.127.bl.test TXT"));
}

}  // namespace
}  // namespace postern::mta::restrictions
