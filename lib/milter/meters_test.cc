#include "lib/milter/meters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::milter {
namespace {

using ::testing::HasSubstr;

TEST(MetersTest, CountsMessagesByWhatBecameOfThem) {
  metrics::Registry registry;
  Meters meters("testd", registry);
  using Kind = Verdict::Kind;
  meters.CountMessage(Verdict::Of(Kind::kContinue));
  meters.CountMessage(Verdict::Of(Kind::kAccept));
  meters.CountMessage(Verdict::Of(Kind::kDiscard));
  meters.CountMessage(Verdict::Of(Kind::kReject));
  meters.CountMessage(Verdict::Reply(550, "", "no"));
  meters.CountMessage(Verdict::Reply(554, "", "no"));
  meters.CountMessage(Verdict::Of(Kind::kTempfail));
  meters.CountMessage(Verdict::Reply(450, "", "later"));
  meters.declined.Increment();
  const std::string text = registry.Render();
  const std::string name = "postern_testd_milter_messages_total";
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"accepted\"} 2"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"discarded\"} 1"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"rejected\"} 3"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"deferred\"} 2"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"declined\"} 1"));
}

TEST(MetersTest, CountsRefusalsByCommand) {
  metrics::Registry registry;
  Meters meters("testd", registry);
  meters.CountRefusal(Command::kConnect);
  meters.CountRefusal(Command::kHelo);
  meters.CountRefusal(Command::kHelo);
  for (int i = 0; i < 3; ++i) meters.CountRefusal(Command::kRecipient);
  const std::string text = registry.Render();
  const std::string name = "postern_testd_milter_refusals_total";
  EXPECT_THAT(text, HasSubstr(name + "{command=\"connect\"} 1"));
  EXPECT_THAT(text, HasSubstr(name + "{command=\"helo\"} 2"));
  EXPECT_THAT(text, HasSubstr(name + "{command=\"rcpt\"} 3"));
}

}  // namespace
}  // namespace postern::milter
