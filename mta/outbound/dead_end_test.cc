#include "mta/outbound/dead_end.h"

#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

using HopKind = routing::NextHop::Kind;
using Kind = queue::Outcome::Kind;

TEST(DeadEndTest, TheTransportSaysWhatBecomesOfTheMailAndItsTextWhy) {
  struct Case {
    const char* why;
    HopKind hop;
    const char* text;
    Kind kind;
    const char* status;
    const char* reply;
  };
  const Case cases[] = {
      {"status and text", HopKind::kError, "5.1.1 nobody", Kind::kFailed,
       "5.1.1", "nobody"},
      {"text alone", HopKind::kError, "gone away", Kind::kFailed, "5.0.0",
       "gone away"},
      {"nothing", HopKind::kError, "", Kind::kFailed, "5.0.0",
       "no mail is delivered to b.example"},
      {"the class is the transport's", HopKind::kError, "4.7.1 no",
       Kind::kFailed, "5.7.1", "no"},
      {"the same of retry", HopKind::kRetry, "5.7.123 later", Kind::kDeferred,
       "4.7.123", "later"},
      {"retry says nothing", HopKind::kRetry, "", Kind::kDeferred, "4.0.0",
       "no mail is delivered to b.example now"},
      {"a status alone", HopKind::kRetry, "4.3.2", Kind::kDeferred, "4.3.2",
       "no mail is delivered to b.example now"},
      {"no status", HopKind::kError, "5.1 x", Kind::kFailed, "5.0.0", "5.1 x"},
      {"nor this", HopKind::kError, "5.1.1234 x", Kind::kFailed, "5.0.0",
       "5.1.1234 x"},
      {"discarded", HopKind::kDiscard, "", Kind::kDelivered, "2.0.0",
       "discarded"},
      {"discarded, and why", HopKind::kDiscard, "silly", Kind::kDelivered,
       "2.0.0", "discarded: silly"},
      {"one line, whatever is in the text", HopKind::kError, "a\r\nb",
       Kind::kFailed, "5.0.0", "a??b"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const routing::NextHop hop = {c.hop, c.text, 0};
    EXPECT_TRUE(IsDeadEnd(hop));
    const queue::Outcome outcome = DeadEndOutcome(hop, "a@b.example");
    EXPECT_EQ(outcome.kind, c.kind);
    EXPECT_EQ(outcome.status, c.status);
    EXPECT_EQ(outcome.reply, c.reply);
    EXPECT_EQ(outcome.host, "");
  }
  EXPECT_FALSE(IsDeadEnd({HopKind::kHost, "192.0.2.1", 25}));
}

}  // namespace
}  // namespace postern::mta::outbound
