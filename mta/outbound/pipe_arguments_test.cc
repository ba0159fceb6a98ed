#include "mta/outbound/pipe_arguments.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

PipeFacts Facts() {
  return {.sender = "s@y.example",
          .nexthop = "hop",
          .queue_id = "4711",
          .size_bytes = 123,
          .recipients = {{"anna+x@b.example", "o@b.example", "anna", "x",
                          "anna+x", "b.example"},
                         {"bob@b.example", "bob@b.example", "bob", "", "bob",
                          "b.example"}}};
}

absl::StatusOr<std::vector<std::string>> Expanded(
    const std::vector<std::string>& words, const PipeFacts& facts = Facts()) {
  std::vector<std::string> all = {"/bin/x"};
  all.insert(all.end(), words.begin(), words.end());
  return PipeArguments::Parse(all).value().For(facts);
}

TEST(PipeArgumentsTest, AWordAboutARecipientIsThereForEach) {
  EXPECT_THAT(
      Expanded({"-f", "${sender}", "--", "${recipient}", "end"}),
      IsOkAndHolds(ElementsAre("/bin/x", "-f", "s@y.example", "--",
                               "anna+x@b.example", "bob@b.example", "end")));
  EXPECT_THAT(Expanded({"$user/$extension", "m=$(mailbox)@${domain}",
                        "${original_recipient}"}),
              IsOkAndHolds(ElementsAre("/bin/x", "anna/x", "bob/",
                                       "m=anna+x@b.example", "m=bob@b.example",
                                       "o@b.example", "bob@b.example")));
}

TEST(PipeArgumentsTest, KnowsTheMessage) {
  EXPECT_THAT(Expanded({"$queue_id:$size", "${nexthop}", "100$$"}),
              IsOkAndHolds(ElementsAre("/bin/x", "4711:123", "hop", "100$")));
}

TEST(PipeArgumentsTest, AWordStaysOneWord) {
  PipeFacts facts = Facts();
  facts.recipients = {{.recipient = "a b;$(id)`id`@x"}};
  EXPECT_THAT(Expanded({"${recipient}"}, facts),
              IsOkAndHolds(ElementsAre("/bin/x", "a b;$(id)`id`@x")));
}

// MTA-33.
TEST(PipeArgumentsTest, NoAddressBecomesAnOption) {
  PipeFacts facts = Facts();
  facts.recipients = {{.recipient = "-oQ/tmp@x", .user = "-o"}};
  for (const char* word : {"${recipient}", "$user", "${extension}$user"}) {
    EXPECT_THAT(Expanded({word}, facts),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("begins with \"-\"")))
        << word;
  }
  EXPECT_THAT(Expanded({"<${recipient}>"}, facts),
              IsOkAndHolds(ElementsAre("/bin/x", "<-oQ/tmp@x>")));
  facts.recipients = {{.recipient = std::string("a\0b@x", 5)}};
  EXPECT_THAT(Expanded({"${recipient}"}, facts),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("control character")));
}

TEST(PipeArgumentsTest, RefusesWhatMeansNothing) {
  const std::vector<std::string> cases[] = {
      {},
      {""},
      {"maildrop"},
      {"/usr/bin/$user"},
      {"/bin/x", "${nothing}"},
      {"/bin/x", "$"},
      {"/bin/x", "${user"},
      {"/bin/x", "$(user}"},
  };
  for (const std::vector<std::string>& words : cases) {
    EXPECT_THAT(PipeArguments::Parse(words),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << ::testing::PrintToString(words);
  }
}

}  // namespace
}  // namespace postern::mta::outbound
