#include "mta/admin/queue_filter.h"

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::admin {
namespace {

using ::google::protobuf::TextFormat;
using ::postern::testing::StatusIs;
using State = queue::QueueIndex::State;

QueueFilter Filter(const std::string& text) {
  ::postern::admin::v1::QueueFilter filter;
  EXPECT_TRUE(TextFormat::ParseFromString(text, &filter)) << text;
  return QueueFilter::Create(filter).value();
}

spool::v1::Envelope Message() {
  spool::v1::Envelope envelope;
  envelope.set_sender("Ann@example.net");
  envelope.set_queued_us(1'000'000'000);
  for (const char* address : {"bob@Example.com", "carol@mail.example.org"}) {
    envelope.add_recipients()->set_address(address);
  }
  envelope.mutable_recipients(1)->set_last_status("4.4.1");
  envelope.mutable_recipients(1)->set_last_reply("Connection refused");
  return envelope;
}

TEST(QueueFilterTest, FindsMessagesByWhatTheyAreLike) {
  struct Case {
    const char* why;
    const char* filter;
    bool matches;
  };
  const Case cases[] = {
      {"nothing is asked", "", true},
      {"part of the sender, in any case", "sender: 'ANN@'", true},
      {"another sender", "sender: 'eve'", false},
      {"not the null sender", "sender: '<>'", false},
      {"part of a recipient", "recipient: 'CAROL'", true},
      {"a whole domain, in any case", "domain: 'example.COM'", true},
      {"no part of a domain", "domain: 'example.org'", false},
      {"part of the reply", "reason: 'REFUSED'", true},
      {"the status code", "reason: '4.4.1'", true},
      {"code and reply", "reason: '4.4.1 conn'", true},
      {"one recipient must match in all", "recipient: 'bob' reason: '4.4'",
       false},
      {"old enough", "queued_before { seconds: 1001 }", true},
      {"not old enough", "queued_before { seconds: 1000 }", false},
      {"new enough", "queued_after { seconds: 999 }", true},
      {"not new enough", "queued_after { seconds: 1000 }", false},
      {"everything must hold", "sender: 'ann' domain: 'nowhere'", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Filter(c.filter).Matches(Message()), c.matches) << c.why;
  }
}

TEST(QueueFilterTest, FindsBouncesByTheirSender) {
  spool::v1::Envelope bounce = Message();
  bounce.clear_sender();
  EXPECT_TRUE(Filter("sender: '<>'").Matches(bounce));
}

TEST(QueueFilterTest, StatesNeedNoEnvelope) {
  const QueueFilter filter = Filter("states: STATE_HELD states: STATE_WAITING");
  EXPECT_TRUE(filter.Admits(State::kHeld));
  EXPECT_TRUE(filter.Admits(State::kWaiting));
  EXPECT_FALSE(filter.Admits(State::kDeferred));
  EXPECT_FALSE(filter.Admits(State::kActive));
  EXPECT_FALSE(filter.needs_envelope());
  EXPECT_TRUE(Filter("domain: 'x'").needs_envelope());
}

TEST(QueueFilterTest, WhatWasSetAsideIsFoundByItsStateOnly) {
  EXPECT_TRUE(Filter("").AdmitsDamaged());
  EXPECT_TRUE(Filter("states: STATE_DAMAGED").AdmitsDamaged());
  EXPECT_FALSE(Filter("states: STATE_HELD").AdmitsDamaged());
  EXPECT_FALSE(Filter("sender: 'ann'").AdmitsDamaged());
}

TEST(QueueFilterTest, RefusesTimesThatAreNone) {
  ::postern::admin::v1::QueueFilter filter;
  filter.mutable_queued_before()->set_seconds(1LL << 62);
  EXPECT_THAT(QueueFilter::Create(filter).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::mta::admin
