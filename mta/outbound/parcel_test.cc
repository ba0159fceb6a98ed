#include "mta/outbound/parcel.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using ::testing::ElementsAre;

TEST(ParcelTest, HasWhatTheEnvelopeSaysOfItsRecipients) {
  spool::v1::Envelope envelope;
  envelope.set_sender("s@example.net");
  envelope.set_body_8bitmime(true);
  envelope.set_requiretls(true);
  envelope.set_dsn_envelope_id("id");
  for (const char* address : {"a@x", "b@x", "c@x"}) {
    envelope.add_recipients()->set_address(address);
  }
  envelope.mutable_recipients(2)->set_notify_never(true);
  const TextContent content("Subject: x\r\n\r\n");
  const queue::Errand errand = {"1", envelope, content};
  const Parcel parcel = MakeParcel(errand, {0, 2});
  EXPECT_EQ(parcel.sender, "s@example.net");
  EXPECT_THAT(parcel.recipients, ElementsAre("a@x", "c@x"));
  EXPECT_EQ(parcel.content, &content);
  EXPECT_TRUE(parcel.body_8bitmime);
  EXPECT_TRUE(parcel.requiretls);
  EXPECT_FALSE(parcel.smtputf8);
  EXPECT_EQ(parcel.mail_dsn, " ENVID=id");
  EXPECT_THAT(parcel.rcpt_dsn, ElementsAre("", " NOTIFY=NEVER"));
}

// RFC 6531 section 3.2: the body has no say.
TEST(ParcelTest, KnowsWhetherTheHeaderNeedsSmtpUtf8) {
  struct Case {
    const char* why;
    std::vector<std::string> pieces;
    bool smtputf8;
    bool expected;
  };
  const Case cases[] = {
      {"ASCII", {"Subject: x\r\n\r\nbody"}, true, false},
      {"UTF-8 in the header", {"Subject: \xC3\xA9\r\n\r\nbody"}, true, true},
      {"8 bits without SMTPUTF8, as some send",
       {"Subject: \xC3\xA9\r\n\r\nbody"},
       false,
       false},
      {"in the body", {"Subject: x\r\n\r\n\xC3\xA9"}, true, false},
      {"in the body, the end of the header cut in two",
       {"Subject: x\r\n\r", "\n\xC3\xA9"},
       true,
       false},
      {"in a later piece",
       {"A: b\r\n", "Subject: \xC3\xA9\r\n\r\n"},
       true,
       true},
      {"no body", {"Subject: \xC3\xA9\r\n"}, true, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    spool::v1::Envelope envelope;
    envelope.set_smtputf8(c.smtputf8);
    const TextContent content(c.pieces);
    const queue::Errand errand = {"1", envelope, content};
    EXPECT_EQ(MakeParcel(errand, {}).has_utf8_header, c.expected);
  }
}

}  // namespace
}  // namespace postern::mta::outbound
