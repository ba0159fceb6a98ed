#include "mta/server/problem_reply.h"

#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using Problem = smtp::DataReader::Problem;

TEST(ProblemReplyTest, EveryProblemOfAMessageHasItsReply) {
  struct Case {
    Problem problem;
    int code;
    const char* status;
  };
  const Case cases[] = {
      {Problem::kTooManyHops, 554, "5.4.6"},  // MTA-27.
      {Problem::kHeaderTooLarge, 552, "5.3.4"},
      {Problem::kTooLarge, 552, "5.3.4"},
      {Problem::kLineTooLong, 550, "5.6.0"},   // MTA-24.
      {Problem::kNul, 550, "5.6.0"},           // MTA-25.
      {Problem::kBareNewline, 550, "5.6.11"},  // MTA-03.
  };
  for (const Case& c : cases) {
    const smtp::Reply reply = ReplyToProblem(c.problem);
    EXPECT_EQ(reply.code, c.code);
    EXPECT_EQ(reply.status, c.status);
    EXPECT_NE(reply.text, "");
  }
}

}  // namespace
}  // namespace postern::mta::server
