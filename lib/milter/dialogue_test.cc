// engine_test.cc shows the conversations; this is what no server says.

#include "lib/milter/dialogue.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/milter/scripted_filter.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

constexpr auto kMalformed = absl::StatusCode::kInvalidArgument;

class DialogueTest : public ::testing::Test {
 protected:
  absl::StatusOr<Dialogue::Next> Take(Command command,
                                      absl::string_view body = "") {
    return dialogue_.Take({static_cast<char>(command), body}, replies_);
  }
  void Agree(uint32_t version = 6) {
    std::string offer;
    AppendOptions({version, ActionsOf(version), StepsOf(version)}, offer);
    EXPECT_THAT(Take(Command::kOptions, offer.substr(5)),
                IsOkAndHolds(Dialogue::Next::kMore));
    replies_.clear();
  }

  ScriptedFilter filter_;
  metrics::Registry metrics_;
  Meters meters_{"testd", metrics_};
  FilterContext context_{filter_, meters_};
  FilterSession session_{context_};
  Dialogue dialogue_{session_};
  std::string replies_;
};

TEST_F(DialogueTest, BeginsWithTheOptions) {
  EXPECT_THAT(Take(Command::kConnect, absl::string_view("x\0U", 3)),
              StatusIs(kMalformed));
  EXPECT_THAT(Take(Command::kEndOfMessage), StatusIs(kMalformed));
  EXPECT_THAT(Take(Command::kQuit), IsOkAndHolds(Dialogue::Next::kClose));
}

TEST_F(DialogueTest, TakesNothingThatIsMalformed) {
  Agree();
  for (const Command command :
       {Command::kOptions, Command::kMacros, Command::kConnect, Command::kHelo,
        Command::kSender, Command::kRecipient, Command::kHeader,
        static_cast<Command>('Z')}) {
    EXPECT_THAT(Take(command), StatusIs(kMalformed))
        << static_cast<char>(command);
  }
  EXPECT_EQ(replies_, "");
}

TEST_F(DialogueTest, AnswersUnknownCommandsOfTheClientWhereTheyGetAnAnswer) {
  Agree(3);
  EXPECT_THAT(Take(Command::kUnknown, absl::string_view("FOO\0", 4)),
              IsOkAndHolds(Dialogue::Next::kMore));
  EXPECT_EQ(replies_, std::string("\0\0\0\1c", 5));
}

TEST_F(DialogueTest, AMessageMayComeInAnyOrder) {
  Agree();
  EXPECT_THAT(Take(Command::kBody, "text"),
              IsOkAndHolds(Dialogue::Next::kMore));
  EXPECT_THAT(Take(Command::kHeader, absl::string_view("X\0v\0", 4)),
              IsOkAndHolds(Dialogue::Next::kMore));
  EXPECT_THAT(Take(Command::kEndOfMessage, "more"),
              IsOkAndHolds(Dialogue::Next::kFinish));
  EXPECT_THAT(Take(Command::kAbort), IsOkAndHolds(Dialogue::Next::kMore));
  ASSERT_EQ(filter_.seen().size(), 1u);
  EXPECT_EQ(filter_.seen()[0].body, "textmore");
  EXPECT_EQ(filter_.seen()[0].headers.size(), 0u);
  EXPECT_FALSE(session_.is_in_message());
}

TEST_F(DialogueTest, KnowsWhenTheServerWaitsForAnotherClient) {
  Agree();
  EXPECT_FALSE(dialogue_.is_between_clients());
  ASSERT_TRUE(Take(Command::kQuitNewConnection).ok());
  EXPECT_TRUE(dialogue_.is_between_clients());
  ASSERT_TRUE(Take(Command::kConnect, absl::string_view("x\0U", 3)).ok());
  EXPECT_FALSE(dialogue_.is_between_clients());
}

TEST_F(DialogueTest, RecipientsAreBounded) {
  Agree();
  for (size_t i = 0; i < kMaxRecipients + 10; ++i) {
    ASSERT_TRUE(
        Take(Command::kRecipient, absl::string_view("<a@b>\0", 6)).ok());
  }
  ASSERT_TRUE(Take(Command::kEndOfMessage).ok());
  session_.EndMessage();
  ASSERT_EQ(filter_.seen().size(), 1u);
  EXPECT_EQ(filter_.seen()[0].envelope.recipients.size(), kMaxRecipients);
}

}  // namespace
}  // namespace postern::milter
