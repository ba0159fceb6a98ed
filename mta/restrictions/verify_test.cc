#include "mta/restrictions/verify.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/net/runtime.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const VerifyResult kYes = {Deliverability::kDeliverable, "250 ok"};
const VerifyResult kNo = {Deliverability::kUndeliverable, "550 no"};

class AddressVerifierTest : public ::testing::Test {
 protected:
  AddressVerifierTest() {
    options_.poll_delay = absl::Seconds(10);
    verifier_.emplace(AddressVerifier::Parts{
        VerifyStore::Open("", clock_).value(), clock_, drain_, registry_});
    verifier_->SetProbe(
        [this](std::string address) { return Probe(std::move(address)); });
  }

  ~AddressVerifierTest() override {
    go_on_.Set();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  net::Task<VerifyResult> Probe(std::string address) {
    probed_.push_back(address);
    if (holds_) {
      const net::Deadline deadline = net::Deadline::After(absl::Seconds(20));
      co_await go_on_.Wait(deadline);
    }
    co_return answer_;
  }

  VerifyResult Verify(std::string address = "a@example.org") {
    return runtime_->BlockOn(verifier_->Verify(std::move(address), options_));
  }

  // Waits until the probes that nobody waits for are over.
  void AwaitProbes() { EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20))); }

  FakeClock clock_;
  net::Drain drain_;
  metrics::Registry registry_;
  VerifyOptions options_;
  VerifyResult answer_ = kYes;
  bool holds_ = false;
  net::Event go_on_;
  std::vector<std::string> probed_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::optional<AddressVerifier> verifier_;
};

TEST_F(AddressVerifierTest, ProbesOnceAndRemembers) {
  EXPECT_EQ(Verify("a@example.org"), kYes);
  answer_ = kNo;
  EXPECT_EQ(Verify("b@example.org"), kNo);
  EXPECT_EQ(Verify("a@example.org"), kYes);
  EXPECT_EQ(Verify("b@example.org"), kNo);
  EXPECT_THAT(probed_, ElementsAre("a@example.org", "b@example.org"));
}

TEST_F(AddressVerifierTest, AResultThatIsOldIsRefreshedAndCountsMeanwhile) {
  EXPECT_EQ(Verify(), kYes);
  clock_.Advance(absl::Hours(8 * 24));
  answer_ = kNo;
  EXPECT_EQ(Verify(), kYes);
  AwaitProbes();
  EXPECT_EQ(probed_.size(), 2u);
  EXPECT_EQ(Verify(), kYes) << "a failed refresh does not count";
  AwaitProbes();
  clock_.Advance(absl::Hours(31 * 24));
  EXPECT_EQ(Verify(), kNo) << "now it has expired";
}

TEST_F(AddressVerifierTest, ANegativeResultIsRefreshedSooner) {
  answer_ = kNo;
  EXPECT_EQ(Verify(), kNo);
  clock_.Advance(absl::Hours(3));
  answer_ = kYes;
  EXPECT_EQ(Verify(), kNo);
  AwaitProbes();
  EXPECT_EQ(Verify(), kYes);
}

TEST_F(AddressVerifierTest, WithoutNegativeCacheTheWaitingStillHear) {
  options_.times.negative_cache = false;
  answer_ = kNo;
  EXPECT_EQ(Verify(), kNo);
  EXPECT_EQ(Verify(), kNo);
  EXPECT_EQ(probed_.size(), 2u);
}

TEST_F(AddressVerifierTest, WhoWaitsTooLongIsToldThatItIsInProgress) {
  holds_ = true;
  options_.poll_delay = absl::Milliseconds(10);
  const VerifyResult result = Verify();
  EXPECT_EQ(result.deliverability, Deliverability::kUnknown);
  EXPECT_EQ(result.text, "Address verification in progress");
  options_.poll_count = 1;
  EXPECT_EQ(Verify().deliverability, Deliverability::kUnknown);
  EXPECT_EQ(probed_.size(), 1u) << "one probe an address at a time";
  go_on_.Set();
  AwaitProbes();
  EXPECT_EQ(Verify(), kYes);
  EXPECT_THAT(registry_.Render(),
              HasSubstr("verify_questions_total{answer=\"in_progress\"} 2"));
}

TEST_F(AddressVerifierTest, ProbesAtATimeAreBounded) {
  holds_ = true;
  options_.poll_count = 1;
  options_.pending_request_limit = 2;
  for (const char* const name : {"a", "b", "c", "a"}) Verify(name);
  EXPECT_THAT(probed_, ElementsAre("a", "b"));
  EXPECT_THAT(
      registry_.Render(),
      HasSubstr("verify_questions_total{answer=\"too_many_probes\"} 1"));
}

TEST_F(AddressVerifierTest, ProbesInAMinuteAreBounded) {
  options_.probe_rate_limit = 3;
  for (int i = 0; i < 10; ++i) Verify(absl::StrCat(i));
  EXPECT_EQ(probed_.size(), 3u);
  EXPECT_EQ(Verify("0"), kYes) << "what is known needs no probe";
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Verify("9"), kYes);
}

TEST_F(AddressVerifierTest, WithoutAProbeNothingIsKnown) {
  verifier_->SetProbe(nullptr);
  EXPECT_EQ(Verify().deliverability, Deliverability::kUnknown);
}

}  // namespace
}  // namespace postern::mta::restrictions
