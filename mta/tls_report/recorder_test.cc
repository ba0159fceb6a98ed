#include "mta/tls_report/recorder.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "mta/tls_report/session_kind.h"

namespace postern::mta::tls_report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// Counts that are there, or not.
class FakeCounts final : public Counts {
 public:
  net::Task<absl::StatusOr<Losses>> Add(Subject subject,
                                        KindCounts counts) override {
    if (!status.ok()) co_return status;
    for (const auto& [kind, sessions] : counts) {
      AddTo(all[subject], kind, sessions, {});
    }
    co_return losses;
  }
  net::Task<absl::StatusOr<std::vector<std::string>>> DomainsOf(
      absl::CivilDay) override {
    co_return std::vector<std::string>();
  }
  net::Task<absl::StatusOr<std::optional<Claimed>>> Claim(
      Subject, absl::Duration) override {
    co_return std::optional<Claimed>();
  }
  net::Task<absl::Status> NoteSent(Subject, std::string) override {
    co_return absl::OkStatus();
  }
  net::Task<absl::Status> Finish(Subject) override {
    co_return absl::OkStatus();
  }

  absl::Status status;
  Losses losses;
  std::map<Subject, KindCounts> all;
};

routing::TlsFinding FindingOf(const std::string& domain) {
  routing::TlsFinding finding;
  finding.policy.domain = domain;
  return finding;
}

class RecorderTest : public ::testing::Test {
 protected:
  void Flush() { runtime_->BlockOn(recorder_.Flush()); }
  Subject SubjectOf(const std::string& domain) const {
    return {DayOf(clock_.Now()), domain};
  }

  FakeClock clock_;
  net::Drain drain_;
  metrics::Registry metrics_;
  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  FakeCounts counts_;
  Recorder recorder_{
      counts_, {.domains = 2, .kinds = 10}, clock_, drain_, metrics_};
};

TEST_F(RecorderTest, CountsUnderTheDayThatItIs) {
  recorder_.Note(FindingOf("example.org"));
  recorder_.Note(FindingOf("example.org"));
  const Subject first = SubjectOf("example.org");
  clock_.Advance(absl::Hours(24));
  recorder_.Note(FindingOf("example.org"));
  EXPECT_THAT(counts_.all, IsEmpty());
  Flush();
  EXPECT_THAT(
      counts_.all,
      ElementsAre(
          Pair(first, ElementsAre(Pair(KindOf(FindingOf("example.org")), 2))),
          Pair(SubjectOf("example.org"),
               ElementsAre(Pair(KindOf(FindingOf("example.org")), 1)))));
  counts_.all.clear();
  Flush();
  EXPECT_THAT(counts_.all, IsEmpty());
}

TEST_F(RecorderTest, KeepsWhatCannotBeHandedOn) {
  recorder_.Note(FindingOf("example.org"));
  counts_.status = absl::UnavailableError("away");
  Flush();
  recorder_.Note(FindingOf("example.org"));
  recorder_.Note(FindingOf("example.net"));
  Flush();
  counts_.status = absl::OkStatus();
  Flush();
  ASSERT_THAT(counts_.all, SizeIs(2));
  EXPECT_THAT(counts_.all[SubjectOf("example.org")],
              ElementsAre(Pair(KindOf(FindingOf("example.org")), 2)));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_mta_tls_report_store_failures_total 2"));
}

TEST_F(RecorderTest, CountsWhatIsBeyondTheLimits) {
  for (const char* domain : {"1.org", "2.org", "3.org"}) {
    recorder_.Note(FindingOf(domain));
  }
  counts_.losses = {{Counted::kTooLate, 4}};
  Flush();
  EXPECT_THAT(counts_.all, SizeIs(2));
  const std::string metrics = metrics_.Render();
  EXPECT_THAT(metrics, HasSubstr("dropped_total{reason=\"domains\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("dropped_total{reason=\"late\"} 8"));
}

TEST_F(RecorderTest, SessionsOfNoDomainAreNotCounted) {
  recorder_.Note(routing::TlsFinding());
  Flush();
  EXPECT_THAT(counts_.all, IsEmpty());
}

TEST_F(RecorderTest, EndsWithTheDrain) {
  net::Spawn(drain_, runtime_->reactor(0), recorder_.Run());
  drain_.Begin();
  EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(60)));
}

}  // namespace
}  // namespace postern::mta::tls_report
