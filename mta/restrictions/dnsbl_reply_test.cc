#include "mta/restrictions/dnsbl_reply.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::string_view kDefault =
    "$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using "
    "$rbl_domain${rbl_reason?; $rbl_reason}";

class DnsblReplyTest : public ::testing::Test {
 protected:
  DnsblReplyTest() {
    question_.client_address = "192.0.2.1";
    question_.client_name = "mail.example.net";
    question_.reverse_client_name = "rev.example.net";
    question_.helo_name = "helo.example.net";
    question_.sender = "a@example.net";
    question_.recipient = "b@example.org";
    listing_.rbl_class = "Client host";
    listing_.zone = "bl.test";
    listing_.what = "192.0.2.1";
    listing_.reason = "see https://bl.test/192.0.2.1";
    listing_.question = &question_;
  }

  std::string Format(absl::string_view text) const {
    return FormatDnsblReply(text, listing_).ToString();
  }

  filters::PolicyQuestion question_;
  DnsblListing listing_;
};

TEST_F(DnsblReplyTest, TheDefaultIsPostfixs) {
  EXPECT_EQ(Format(kDefault),
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked "
            "using bl.test; see https://bl.test/192.0.2.1");
  listing_.reason = "";
  EXPECT_EQ(Format(kDefault),
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked "
            "using bl.test");
}

TEST_F(DnsblReplyTest, ExpandsEveryForm) {
  const struct {
    const char* why;
    const char* text;
    const char* reply;
  } cases[] = {
      {"a name", "554 $client_name!", "mail.example.net!"},
      {"braces", "554 ${client_name}x", "mail.example.netx"},
      {"parentheses", "554 $(client_name)x", "mail.example.netx"},
      {"a dollar", "554 $$5", "$5"},
      {"the client", "554 $client", "mail.example.net[192.0.2.1]"},
      {"its reverse name", "554 $reverse_client_name", "rev.example.net"},
      {"helo", "554 $helo_name", "helo.example.net"},
      {"sender", "554 $sender $sender_name $sender_domain",
       "a@example.net a example.net"},
      {"recipient", "554 $recipient $recipient_name $recipient_domain",
       "b@example.org b example.org"},
      {"reason by its old name", "554 $rbl_txt",
       "see https://bl.test/192.0.2.1"},
      {"if it is there", "554 ${helo_name?said $helo_name}",
       "said helo.example.net"},
      {"the same in braces", "554 ${helo_name?{said $helo_name}}",
       "said helo.example.net"},
      {"if it is not there", "554 x${helo_name:no HELO}", "x"},
      {"either", "554 ${helo_name?{yes}:{no}}", "yes"},
      {"either, without braces", "554 ${helo_name?{yes}:no}", "yes"},
      {"nested", "554 ${helo_name?{${sender?{both}:{one}}}:{none}}", "both"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Format(c.text), absl::StrCat("554 5.7.1 ", c.reply)) << c.why;
    EXPECT_TRUE(CheckDnsblTemplate(c.text).ok()) << c.why;
  }
  question_.helo_name = "";
  question_.sender = "";
  EXPECT_EQ(Format("554 ${helo_name?{yes}:{no}}"), "554 5.7.1 no");
  EXPECT_EQ(Format("554 ${helo_name:no HELO}"), "554 5.7.1 no HELO");
  EXPECT_EQ(Format("554 $sender $sender_name"), "554 5.7.1 <> <>");
}

TEST_F(DnsblReplyTest, AStatusSuitsWhatIsRefused) {
  const struct {
    const char* rbl_class;
    const char* status;
    const char* wanted;
  } cases[] = {
      {"Client host", "5.7.1", "5.7.1"},
      {"Client host", "4.7.1", "5.7.1"},
      {"Client host", "5.1.1", "5.0.0"},
      {"Helo command", "5.1.8", "5.0.0"},
      {"Sender address", "5.1.1", "5.1.0"},
      {"Sender address", "5.1.2", "5.1.8"},
      {"Sender address", "5.1.3", "5.1.7"},
      {"Recipient address", "5.1.8", "5.1.2"},
      {"Recipient address", "5.1.7", "5.1.3"},
      {"Recipient address", "5.1.1", "5.1.1"},
  };
  for (const auto& c : cases) {
    listing_.rbl_class = c.rbl_class;
    EXPECT_EQ(Format(absl::StrCat("554 ", c.status, " no")),
              absl::StrCat("554 ", c.wanted, " no"))
        << c.rbl_class << " " << c.status;
  }
}

// MTA-33: neither a list nor a client can put a line of its own into a reply.
TEST_F(DnsblReplyTest, MTA33_WordsFromElsewhereAreBoundedAndPrintable) {
  listing_.reason = "x\r\n250 fine\x80" + std::string(5000, 'y');
  question_.helo_name = "$rbl_code\r\n";
  const smtp::Reply reply = FormatDnsblReply(
      "554 $helo_name $rbl_reason $rbl_reason $rbl_reason", listing_);
  EXPECT_EQ(reply.text.find_first_of("\r\n\x80"), std::string::npos);
  EXPECT_LE(reply.text.size(), 512u);
  EXPECT_THAT(reply.text, HasSubstr("$rbl_code??"));
}

TEST_F(DnsblReplyTest, SaysWhatIsWrong) {
  const std::string deep =
      "${sender?{${sender?{${sender?{${sender?{${sender?"
      "{${sender?{${sender?{${sender?{${sender?{x}}}}}}}}"
      "}}}}}}}}}}";
  const struct {
    const char* why;
    std::string text;
    const char* message;
  } cases[] = {
      {"no code", "Go away", "not a reply"},
      {"a good code", "250 fine", "400 to 599"},
      {"unknown name", "554 $rbl_where", "\"$rbl_where\""},
      {"unknown name in what does not count", "554 ${rbl_txt?$nonsense}",
       "\"$nonsense\""},
      {"no name", "554 costs 5$", "\"$\""},
      {"not closed", "554 ${sender", "not closed"},
      {"not closed inside", "554 ${sender?{x}", "not closed"},
      {"no sign", "554 ${sender x}", "expected"},
      {"something behind", "554 ${sender?{x}y}", "behind"},
      {"too deep", "554 " + deep, "too deep"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        CheckDnsblTemplate(c.text),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)));
  }
}

TEST_F(DnsblReplyTest, ATemplateOfATableThatIsWrongStillRefuses) {
  EXPECT_EQ(Format("nonsense $x"), "554 5.7.1 Service unavailable");
}

}  // namespace
}  // namespace postern::mta::restrictions
