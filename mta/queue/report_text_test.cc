#include "mta/queue/report_text.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using Action = ReportedRecipient::Action;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const ReportOptions kOptions = {.myhostname = "mx.example.org"};

ReportedRecipient Reported(const std::string& address, Action action) {
  ReportedRecipient reported = {
      {}, {Outcome::Kind::kFailed, "", "550 no such user", "mx"}, action};
  reported.recipient.set_address(address);
  return reported;
}

ReportedMessage About(std::vector<ReportedRecipient> recipients) {
  static const spool::v1::Envelope envelope;
  return {.id = {1},
          .envelope = envelope,
          .recipients = std::move(recipients),
          .content = "",
          .retry_until = absl::FromUnixSeconds(1'700'000'000)};
}

std::string Text(const ReportedMessage& message) {
  return ReportText(message, kOptions, ShownCharset::kAscii,
                    /*has_all=*/false);
}

TEST(ReportTextTest, HasTheSubjectOfTheWorst) {
  const ReportedRecipient delivered = Reported("a", Action::kDelivered);
  const ReportedRecipient delayed = Reported("b", Action::kDelayed);
  const ReportedRecipient failed = Reported("c", Action::kFailed);
  EXPECT_EQ(ReportSubject(About({delivered, delayed, failed}), kOptions),
            "Undelivered Mail Returned to Sender");
  EXPECT_EQ(ReportSubject(About({delivered, delayed}), kOptions),
            "Delayed Mail (still being retried)");
  EXPECT_EQ(ReportSubject(About({delivered}), kOptions),
            "Successful Mail Delivery Report");
  EXPECT_EQ(ReportSubject(About({Reported("d", Action::kRelayed)}), kOptions),
            "Successful Mail Delivery Report");
}

TEST(ReportTextTest, IsTheOperatorsTextWhereHeHasOne) {
  ReportOptions options = kOptions;
  options.templates.failure = {.subject = "It came back",
                               .postmaster_subject = "Copy",
                               .body = "Sorry.\r\n"};
  ReportedMessage message = About({Reported("ann@x", Action::kFailed),
                                   Reported("eve@x", Action::kDelayed)});
  EXPECT_EQ(ReportSubject(message, options), "It came back");
  const std::string text =
      ReportText(message, options, ShownCharset::kAscii, false);
  EXPECT_THAT(text, StartsWith("Sorry.\r\n\r\n<ann@x>: mx said:"));
  EXPECT_THAT(text, HasSubstr("Your message has not been delivered yet"));
  message.is_double_bounce = true;
  EXPECT_EQ(ReportSubject(message, options), "Copy");
  const ReportedMessage late = About({Reported("eve@x", Action::kDelayed)});
  EXPECT_THAT(ReportText(late, options, ShownCharset::kAscii, false),
              StartsWith("This is the mail system"));
}

TEST(ReportTextTest, SaysWhatHappenedToWhom) {
  const std::string text = Text(About({Reported("bob@x", Action::kRelayed),
                                       Reported("ann@x", Action::kFailed),
                                       Reported("eve@x", Action::kDelayed)}));
  EXPECT_THAT(text, StartsWith("This is the mail system at mx.example.org."));
  EXPECT_THAT(text,
              HasSubstr("could not be delivered to the recipients below.\r\n"
                        "\r\n<ann@x>: mx said:\r\n    550 no such user\r\n"));
  EXPECT_THAT(text, HasSubstr("it is tried until\r\n"
                              "Tue, 14 Nov 2023 22:13:20 +0000.\r\n"
                              "\r\n<eve@x>:"));
  EXPECT_THAT(text, HasSubstr("report deliveries. You will hear of it only if "
                              "it comes back.\r\n\r\n<bob@x>:"));
  EXPECT_THAT(text, Not(HasSubstr("was delivered")));
}

TEST(ReportTextTest, SaysThatRetriesWereInVain) {
  ReportedRecipient late = Reported("bob@x", Action::kFailed);
  late.is_expired = true;
  late.outcome = {Outcome::Kind::kDeferred, "", "connection refused", ""};
  EXPECT_THAT(Text(About({late})), HasSubstr("<bob@x>: given up after retries."
                                             "\r\n    connection refused\r\n"));
}

TEST(ReportTextTest, NamesTwentyOfMany) {
  std::vector<ReportedRecipient> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(Reported(absl::StrCat("user", i, "@x"), Action::kFailed));
  }
  const std::string text = Text(About(many));
  EXPECT_THAT(text, HasSubstr("<user19@x>"));
  EXPECT_THAT(text, Not(HasSubstr("<user20@x>")));
  EXPECT_THAT(text, HasSubstr("and 980 more, listed in the report"));
}

}  // namespace
}  // namespace postern::mta::queue
