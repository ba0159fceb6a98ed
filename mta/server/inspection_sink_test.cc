#include "mta/server/inspection_sink.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kRelay[] = "relay_domains: [example.org]\nmynetworks: []\n";

class InspectionSinkTest : public TestServer {
 protected:
  // Sends a message to b@example.org and returns the answer to its end.
  std::string Deliver(absl::string_view message) {
    TestClient client(endpoint());
    client.Reply();
    BeginMessage(client);
    std::string reply = client.Say(absl::StrCat(message, "."));
    EXPECT_EQ(client.Say("NOOP"), "250 2.0.0 Ok");
    return reply;
  }
};

TEST_F(InspectionSinkTest, ARefusedMessageIsNotStored) {
  Start(absl::StrCat(kRelay, "body_checks: ['inline:{{virus=REJECT no}}']"));
  EXPECT_EQ(Deliver("A: b\r\n\r\nvirus\r\n"), "550 5.7.1 no");
  EXPECT_THAT(messages(), IsEmpty());
  EXPECT_THAT(registry_.Render(),
              AllOf(HasSubstr("messages_total{result=\"content_rejected\"} 1"),
                    HasSubstr("messages_total{result=\"not_stored\"} 0")));
}

TEST_F(InspectionSinkTest, ADiscardedMessageSeemsToBeAcceptedAndIsNotStored) {
  Start(absl::StrCat(kRelay, "body_checks: ['inline:{{virus=DISCARD}}']"));
  EXPECT_THAT(Deliver("A: b\r\n\r\nvirus\r\n"),
              StartsWith("250 2.0.0 Ok: queued as "));
  EXPECT_THAT(messages(), IsEmpty());
  EXPECT_THAT(registry_.Render(),
              HasSubstr("messages_total{result=\"discarded\"} 1"));
}

TEST_F(InspectionSinkTest, HoldBccAndRedirectChangeTheEnvelope) {
  Start(absl::StrCat(kRelay,
                     "body_checks: ['inline:{{a=HOLD},{b=BCC c@example.org},"
                     "{c=REDIRECT d@example.org}}']"));
  EXPECT_THAT(Deliver("\r\na\r\nb\r\nb\r\n"), StartsWith("250"));
  EXPECT_THAT(Deliver("\r\nb\r\nc\r\n"), StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(2));
  const spool::v1::Envelope held = messages()[0].envelope;
  EXPECT_TRUE(held.hold());
  ASSERT_EQ(held.recipients_size(), 2);
  EXPECT_EQ(held.recipients(0).address(), "b@example.org");
  EXPECT_EQ(held.recipients(1).address(), "c@example.org");
  EXPECT_TRUE(held.recipients(1).notify_never());
  const spool::v1::Envelope redirected = messages()[1].envelope;
  EXPECT_FALSE(redirected.hold());
  ASSERT_EQ(redirected.recipients_size(), 1);
  EXPECT_EQ(redirected.recipients(0).address(), "d@example.org");
}

TEST_F(InspectionSinkTest, OurReceivedFieldIsCheckedAsWell) {
  Start(absl::StrCat(kRelay, "header_checks: ['static:IGNORE']"));
  EXPECT_THAT(Deliver("A: b\r\n\r\ntext\r\n"), StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content,
              AllOf(EndsWith("\r\n\r\ntext\r\n"), Not(HasSubstr("Received:")),
                    Not(HasSubstr("A: b"))));
}

TEST_F(InspectionSinkTest, INJ06NoResultInOurNameComesIn) {
  Start(kRelay);
  EXPECT_THAT(Deliver("A: b\r\nAuthentication-Results: MX.example.org; "
                      "spf=pass\r\nC: d\r\n\r\ntext\r\n"),
              StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content, AllOf(HasSubstr("\r\nA: b\r\nC: d\r\n"),
                                           Not(HasSubstr("spf=pass"))));
}

TEST_F(InspectionSinkTest, AFailingCheckDefersTheMessage) {
  Start(absl::StrCat(kRelay, "header_checks: ['fail:away']"));
  EXPECT_EQ(Deliver("A: b\r\n\r\ntext\r\n"),
            "451 4.3.0 Error: content check failed");
  EXPECT_THAT(messages(), IsEmpty());
}

}  // namespace
}  // namespace postern::mta::server
