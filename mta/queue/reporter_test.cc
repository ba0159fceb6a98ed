#include "mta/queue/reporter.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/queue/stored_content.h"

namespace postern::mta::queue {
namespace {

using Reason = Reporter::Reason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class ReporterTest : public ::testing::Test {
 protected:
  ReporterTest() {
    envelope_.set_sender("jane@example.org");
    Fail("nobody@example.net");
  }

  void Fail(const std::string& recipient, const std::string& owner = "") {
    ReportedRecipient failed;
    failed.recipient.set_address(recipient);
    failed.recipient.set_owner(owner);
    failed.outcome = {Outcome::Kind::kFailed, "5.1.1", "550 no such user", ""};
    settlement_.failed.push_back(failed);
    settlement_.reported.push_back(failed);
  }

  std::vector<Reporter::Letter> Reports(ReporterOptions options) {
    options.report.myhostname = "mx.example.org";
    Reporter reporter(options, [this] { return QueueId{++last_}; });
    return Reports(reporter);
  }

  std::vector<Reporter::Letter> Reports(Reporter& reporter) {
    const HeldContent content{std::string(head_)};
    return reporter.ReportsOn({.id = {1},
                               .tried = envelope_,
                               .settlement = settlement_,
                               .content = content,
                               .retry_until = kNow,
                               .now = kNow},
                              reason_);
  }

  static std::string ReaderOf(const Reporter::Letter& letter) {
    return letter.report.envelope.recipients(0).address();
  }

  spool::v1::Envelope envelope_;
  Settlement settlement_;
  std::string head_ = "Subject: x\r\n\r\nbody\r\n";
  Reason reason_ = Reason::kNone;
  uint64_t last_ = 100;
};

TEST_F(ReporterTest, TellsTheSenderAndTheOwnersOfLists) {
  Fail("member@example.net", "owner-list@example.org");
  const std::vector<Reporter::Letter> letters = Reports({});
  ASSERT_THAT(letters, SizeIs(2));
  EXPECT_EQ(ReaderOf(letters[0]), "jane@example.org");
  EXPECT_EQ(ReaderOf(letters[1]), "owner-list@example.org");
  EXPECT_THAT(letters[1].report.content,
              ::testing::Not(HasSubstr("nobody@example.net")));
  EXPECT_EQ(reason_, Reason::kNone);
}

// MTA-38
TEST_F(ReporterTest, TellsThePostmasterOnceOfWhatNobodyCanBeToldOf) {
  envelope_.clear_sender();
  settlement_.reported.clear();  // As a report has NOTIFY=NEVER.
  const ReporterOptions options = {.report = {},
                                   .double_bounce_recipient = "postmaster"};
  const std::vector<Reporter::Letter> letters = Reports(options);
  ASSERT_THAT(letters, SizeIs(1));
  const Report& report = letters[0].report;
  EXPECT_EQ(ReaderOf(letters[0]), "postmaster");
  EXPECT_EQ(report.envelope.sender(), "");
  EXPECT_THAT(report.content,
              HasSubstr("Subject: Undelivered Mail without a Sender\r\n"));
  EXPECT_THAT(report.content, HasSubstr("X-Postern-Sender: rfc822; \r\n"));
  // And when that fails, it ends.
  envelope_ = report.envelope;
  EXPECT_THAT(Reports(options), IsEmpty());
  EXPECT_EQ(reason_, Reason::kNullSender);
}

// MTA-37
TEST_F(ReporterTest, NobodyIsToldOfTheNullSendersMailIfNobodyIsToBe) {
  envelope_.clear_sender();
  EXPECT_THAT(Reports({}), IsEmpty());
  EXPECT_EQ(reason_, Reason::kNullSender);
}

// MTA-37
TEST_F(ReporterTest, TellsOfAutomaticMailOnlyIfThatIsWanted) {
  const struct {
    const char* head;
    bool is_automatic;
  } cases[] = {
      {"Auto-Submitted: auto-replied\r\n\r\n", true},
      {"auto-submitted : Auto-Generated; x\r\n\r\n", true},
      {"Auto-Submitted: no\r\n\r\n", false},
      {"Subject: x\r\nPrecedence: Bulk\r\n\r\n", true},
      {"Precedence: list (of lists)\r\n\r\n", true},
      {"Precedence: first-class\r\n\r\n", false},
      {"Subject: x\r\n\r\nPrecedence: bulk\r\n", false},
      {"X-Precedence: bulk\r\n\r\n", false},
  };
  for (const auto& c : cases) {
    head_ = c.head;
    EXPECT_THAT(Reports({.report = {}, .reports_on_automatic_mail = false}),
                SizeIs(c.is_automatic ? 0 : 1))
        << c.head;
    EXPECT_EQ(reason_ == Reason::kAutomatic, c.is_automatic) << c.head;
    EXPECT_THAT(Reports({}), SizeIs(1)) << c.head;
  }
}

// MTA-38
TEST_F(ReporterTest, OneReaderIsToldSoOften) {
  ReporterOptions options;
  options.limits.each = 2;
  Reporter reporter(options, [this] { return QueueId{++last_}; });
  EXPECT_THAT(Reports(reporter), SizeIs(1));
  EXPECT_THAT(Reports(reporter), SizeIs(1));
  EXPECT_THAT(Reports(reporter), IsEmpty());
  EXPECT_EQ(reason_, Reason::kTooMany);
  EXPECT_EQ(NameOf(reason_), "too_many");
}

TEST_F(ReporterTest, NobodyIsToldWhoWantsNoReport) {
  settlement_.reported.clear();
  EXPECT_THAT(Reports({}), IsEmpty());
  EXPECT_EQ(reason_, Reason::kUnwanted);
}

}  // namespace
}  // namespace postern::mta::queue
