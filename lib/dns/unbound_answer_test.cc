#include "lib/dns/unbound_answer.h"

#include <unbound.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What libunbound would hand over, with records of these bytes.
class Result {
 public:
  explicit Result(std::vector<std::string> rdata) : rdata_(std::move(rdata)) {
    for (std::string& one : rdata_) {
      data_.push_back(one.data());
      lengths_.push_back(static_cast<int>(one.size()));
    }
    data_.push_back(nullptr);
    lengths_.push_back(0);
    result.qname = name_.data();
    result.data = data_.data();
    result.len = lengths_.data();
    result.havedata = rdata_.empty() ? 0 : 1;
    result.ttl = 300;
  }

  ub_result result = {};

 private:
  std::string name_ = "Example.org.";
  std::vector<std::string> rdata_;
  std::vector<char*> data_;
  std::vector<int> lengths_;
};

const std::string kMx("\x00\x0a\x01m\x00", 5);

TEST(UnboundAnswerTest, RecordsComeWithTheirProperties) {
  Result from({kMx});
  from.result.secure = 1;
  std::string canonical = "Other.example.";
  from.result.canonname = canonical.data();
  const absl::StatusOr<Answer> answer = ToAnswer(from.result, Type::kMx);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->outcome, Answer::Outcome::kRecords);
  EXPECT_THAT(answer->records, ElementsAre(Record(Mx{10, "m"})));
  EXPECT_TRUE(answer->secure);
  EXPECT_EQ(answer->ttl, absl::Minutes(5));
  EXPECT_EQ(answer->canonical_name, "other.example");
}

TEST(UnboundAnswerTest, NoDataAndNxDomainAreDifferent) {
  Result from({});
  EXPECT_EQ(ToAnswer(from.result, Type::kMx)->outcome,
            Answer::Outcome::kNoData);
  EXPECT_EQ(ToAnswer(from.result, Type::kMx)->canonical_name, "example.org");
  from.result.rcode = 3;
  from.result.nxdomain = 1;
  EXPECT_EQ(ToAnswer(from.result, Type::kMx)->outcome,
            Answer::Outcome::kNxDomain);
}

TEST(UnboundAnswerTest, ServerFailureAndForgeryAreErrors) {
  Result from({});
  from.result.rcode = 2;
  EXPECT_THAT(ToAnswer(from.result, Type::kMx),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("rcode 2")));
  from.result.bogus = 1;
  EXPECT_THAT(ToAnswer(from.result, Type::kMx),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("DNSSEC")));
}

// MTA-31.
TEST(UnboundAnswerTest, MalformedRecordsAreLeftOut) {
  Result some({"\x01", kMx, ""});
  const absl::StatusOr<Answer> answer = ToAnswer(some.result, Type::kMx);
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->records, ElementsAre(Record(Mx{10, "m"})));
  Result none({"\x01", ""});
  EXPECT_THAT(ToAnswer(none.result, Type::kMx),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("malformed")));
}

}  // namespace
}  // namespace postern::dns
