#include "lib/milter/options.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/milter/packet.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr size_t kHeadBytes = 5;

std::string BodyOf(const Options& options) {
  std::string packet;
  AppendOptions(options, packet);
  return packet.substr(kHeadBytes);
}

Options Offer(uint32_t version) {
  return {version, ActionsOf(version), StepsOf(version)};
}

TEST(OptionsTest, AreReadAsTheyAreWritten) {
  Options options{6, kAddHeaders | kChooseMacros, kNoBody | kLeadingSpace};
  options.macros[static_cast<size_t>(Stage::kConnect)] = "j {client_ptr}";
  options.macros[static_cast<size_t>(Stage::kEndOfHeader)] = "i";
  EXPECT_THAT(ParseOptions(BodyOf(options)), IsOkAndHolds(options));
}

TEST(OptionsTest, LookOnTheWireAsPostfixAndLibmilterHaveThem) {
  std::string packet;
  AppendOptions({2, 0x3f, 0x7f}, packet);
  EXPECT_EQ(packet, std::string("\0\0\0\x0dO\0\0\0\2\0\0\0\x3f\0\0\0\x7f", 17));
}

TEST(OptionsTest, RefuseWhatIsCutOrUnknown) {
  const std::string body = BodyOf({6, 1, 1});
  for (size_t n = 0; n < body.size(); ++n) {
    EXPECT_THAT(ParseOptions(body.substr(0, n)),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  const struct {
    const char* why;
    std::string tail;
  } cases[] = {
      {"a stage cut", std::string("\0\0\0", 3)},
      {"names without an end", std::string("\0\0\0\1i", 5)},
      {"a stage that is none", std::string("\0\0\0\7i\0", 6)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ParseOptions(body + c.tail),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("list of macros")));
  }
}

TEST(OptionsTest, AFilterThatOnlyLooksGetsNoQuestionButTheLast) {
  const Options agreed = AnswerOffer({}, Offer(6)).value();
  EXPECT_EQ(agreed.version, 6u);
  EXPECT_EQ(agreed.actions, 0u);
  EXPECT_EQ(agreed.steps, kNoUnknown | kNoData | kSilentEndOfHeader |
                              kSilentConnect | kSilentHelo | kSilentSender |
                              kSilentRecipient | kSilentHeader | kSilentBody |
                              kSilentUnknown | kLeadingSpace);
}

TEST(OptionsTest, AFilterSaysWhatItReads) {
  Needs needs;
  needs.envelope = needs.headers = needs.body = false;
  const Options agreed = AnswerOffer(needs, Offer(6)).value();
  constexpr uint32_t kUnread = kNoConnect | kNoHelo | kNoSender | kNoRecipient |
                               kNoHeader | kNoEndOfHeader | kNoBody;
  EXPECT_EQ(agreed.steps & kUnread, kUnread);
}

TEST(OptionsTest, AFilterThatMaySayMoreIsAskedThere) {
  Needs needs;
  needs.may_decline = true;
  needs.may_skip_body = true;
  const Options agreed = AnswerOffer(needs, Offer(6)).value();
  EXPECT_EQ(agreed.steps & (kNoData | kSilentData | kSilentBody), 0u);
  EXPECT_EQ(agreed.steps & kSkip, kSkip);
}

TEST(OptionsTest, AFilterThatSaysSomethingOfAStepIsAskedThereAlone) {
  const uint32_t silent = AnswerOffer({}, Offer(6))->steps;
  const struct {
    bool Needs::Checks::*check;
    uint32_t step;
  } cases[] = {
      {&Needs::Checks::connect, kSilentConnect},
      {&Needs::Checks::helo, kSilentHelo},
      {&Needs::Checks::sender, kSilentSender},
      {&Needs::Checks::recipient, kSilentRecipient},
      {&Needs::Checks::data, kNoData},
      {&Needs::Checks::header, kSilentHeader},
      {&Needs::Checks::end_of_header, kSilentEndOfHeader},
      {&Needs::Checks::body, kSilentBody},
  };
  for (const auto& c : cases) {
    Needs needs;
    needs.checks.*c.check = true;
    EXPECT_EQ(AnswerOffer(needs, Offer(6))->steps, silent & ~c.step) << c.step;
  }
}

TEST(OptionsTest, ABodyThatIsNotReadIsNotSentToBeSkipped) {
  Needs needs;
  needs.body = false;
  needs.may_skip_body = true;
  EXPECT_NE(AnswerOffer(needs, Offer(6))->steps & kNoBody, 0u);
}

TEST(OptionsTest, RejectedRecipientsComeWithTheMacrosThatSaySo) {
  Needs needs;
  needs.rejected_recipients = true;
  const Options usual = AnswerOffer(needs, Offer(6)).value();
  EXPECT_NE(usual.steps & kRejectedRecipients, 0u);
  constexpr auto kRecipient = static_cast<size_t>(Stage::kRecipient);
  EXPECT_EQ(usual.macros[kRecipient], "");
  needs.macros[kRecipient] = "i";
  EXPECT_EQ(AnswerOffer(needs, Offer(6))->macros[kRecipient],
            "i {rcpt_addr} {rcpt_host} {rcpt_mailer}");
}

TEST(OptionsTest, AFilterSaysWhatItChanges) {
  Needs needs;
  needs.add_headers = needs.quarantine = needs.add_recipients = true;
  EXPECT_EQ(
      AnswerOffer(needs, Offer(6))->actions,
      kAddHeaders | kQuarantine | kAddRecipients | kAddRecipientsWithArguments);
  EXPECT_EQ(AnswerOffer(needs, Offer(2))->actions,
            kAddHeaders | kQuarantine | kAddRecipients);
  needs = {};
  needs.change_headers = needs.change_sender = needs.replace_body = true;
  needs.delete_recipients = true;
  EXPECT_EQ(AnswerOffer(needs, Offer(6))->actions,
            kChangeHeaders | kChangeSender | kReplaceBody | kDeleteRecipients);
}

TEST(OptionsTest, AFilterChoosesMacrosWhereItCan) {
  Needs needs;
  needs.macros[static_cast<size_t>(Stage::kSender)] = "i {auth_authen}";
  const Options agreed = AnswerOffer(needs, Offer(6)).value();
  EXPECT_EQ(agreed.actions, kChooseMacros);
  EXPECT_EQ(agreed.macros, needs.macros);
  const Options old = AnswerOffer(needs, Offer(4)).value();
  EXPECT_EQ(old.actions, 0u);
  EXPECT_EQ(old.macros, Options().macros);
}

TEST(OptionsTest, AStageWhoseMacrosAreWantedIsSent) {
  Needs needs;
  needs.macros[static_cast<size_t>(Stage::kData)] = "i";
  const Options agreed = AnswerOffer(needs, Offer(6)).value();
  EXPECT_EQ(agreed.steps & (kNoData | kSilentData), uint32_t{kSilentData});
}

TEST(OptionsTest, AnOldServerIsAnsweredInItsVersion) {
  for (const uint32_t version : {2u, 3u, 4u, 6u}) {
    const Options agreed = AnswerOffer({}, Offer(version)).value();
    EXPECT_EQ(agreed.version, version);
    EXPECT_EQ(agreed.steps & ~StepsOf(version), 0u);
  }
  EXPECT_EQ(AnswerOffer({}, Offer(7))->version, 6u);
  EXPECT_THAT(AnswerOffer({}, Offer(1)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(OptionsTest, AServerTakesWhatItHasOffered) {
  EXPECT_THAT(Agree(Offer(6), {6, kAddHeaders, kNoBody}),
              IsOkAndHolds(Options{6, kAddHeaders, kNoBody}));
  EXPECT_EQ(Agree(Offer(6), {2, 0, 0})->steps, kNoUnknown | kNoData);
  EXPECT_EQ(Agree(Offer(6), {3, 0, 0})->steps, uint32_t{kNoData});
  EXPECT_EQ(Agree(Offer(6), {4, 0, 0})->steps, 0u);
}

TEST(OptionsTest, MTA28_AServerTakesNothingElse) {
  const struct {
    const char* why;
    Options answer;
  } cases[] = {
      {"an unknown action", {6, 0x200, 0}},
      {"an unknown step", {6, 0, 0x10000000}},
      {"a newer version", {7, 0, 0}},
      {"a version too old", {1, 0, 0}},
      {"no version", {0, 0, 0}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Agree(Offer(6), c.answer),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_FALSE(Agree({6, kAddHeaders, 0}, {6, kReplaceBody, 0}).ok());
}

TEST(OptionsTest, EveryChangeHasItsAction) {
  Changes changes;
  changes.AddHeader("X", "");
  changes.InsertHeader(0, "X", "");
  changes.ChangeHeader("X", 1, "");
  changes.ChangeSender("a@b");
  changes.AddRecipient("a@b");
  changes.AddRecipient("a@b", "NOTIFY=NEVER");
  changes.DeleteRecipient("a@b");
  changes.ReplaceBody("");
  changes.Quarantine("why");
  const uint32_t want[] = {
      kAddHeaders,       kAddHeaders,    kChangeHeaders,
      kChangeSender,     kAddRecipients, kAddRecipientsWithArguments,
      kDeleteRecipients, kReplaceBody,   kQuarantine};
  ASSERT_EQ(changes.list().size(), std::size(want));
  for (size_t i = 0; i < std::size(want); ++i) {
    EXPECT_EQ(ActionOf(changes.list()[i]), want[i]) << i;
  }
}

}  // namespace
}  // namespace postern::milter
