#include "mta/queue/bounce_templates.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::StartsWith;

const std::map<std::string, std::string> kVariables = {
    {"myhostname", "mx.example.org"}, {"maximal_queue_lifetime_days", "5"}};

absl::StatusOr<BounceTemplates> Parse(absl::string_view text) {
  return ParseBounceTemplates(text, kVariables);
}

TEST(BounceTemplatesTest, ReadsAFileOfPostfix) {
  const BounceTemplates templates = Parse(R"(
# As bounce(5) has it.
failure_template = <<EOF
Charset: us-ascii
From: MAILER-DAEMON (Mail Delivery System)
Subject: It came back
Postmaster-Subject: Copy: it came back

I'm the mail system at host $myhostname; it costs $$5.

  Bye.
EOF

delay_template=<<END
Charset: UTF-8
Subject: Spaeter

Noch ${maximal_queue_lifetime_days} Tage: Grüße
END
)")
                                        .value();
  ASSERT_TRUE(templates.failure && templates.delay);
  EXPECT_EQ(templates.failure->from,
            "MAILER-DAEMON@mx.example.org (Mail Delivery System)");
  EXPECT_EQ(templates.failure->subject, "It came back");
  EXPECT_EQ(templates.failure->postmaster_subject, "Copy: it came back");
  EXPECT_EQ(templates.failure->body,
            "I'm the mail system at host mx.example.org; it costs $5.\r\n\r\n"
            "  Bye.\r\n");
  EXPECT_FALSE(templates.failure->is_utf8);
  EXPECT_TRUE(templates.delay->is_utf8);
  EXPECT_EQ(templates.delay->body, "Noch 5 Tage: Grüße\r\n");
  EXPECT_THAT(templates.success, Eq(std::nullopt));
}

TEST(BounceTemplatesTest, AFromWithoutADomainGetsOurs) {
  const struct {
    const char* from;
    const char* becomes;
  } cases[] = {
      {"Mailer <daemon>", "Mailer <daemon@mx.example.org>"},
      {"Mailer <daemon@x.org>", "Mailer <daemon@x.org>"},
      {"daemon", "daemon@mx.example.org"},
      {"daemon@x.org (Mailer)", "daemon@x.org (Mailer)"},
  };
  for (const auto& c : cases) {
    const std::string text = std::string("success_template = <<E\nFrom: ") +
                             c.from + "\n\nbody\nE\n";
    EXPECT_EQ(Parse(text)->success->from, c.becomes);
  }
}

TEST(BounceTemplatesTest, SaysWhereAFileIsWrong) {
  const struct {
    std::string text;
    const char* error;
  } cases[] = {
      {"\nbounce = <<E", "line 2: expected a template"},
      {"failure_template = x", "line 1: expected <<EOF"},
      {"failure_template = <<E\nSubject: a", "line 2: expected an empty line"},
      {"failure_template = <<E\nSubject: a\nE\n", "line 2: expected an empty"},
      {"failure_template = <<E\nX: a\n\nE\n", "line 1: expected Charset"},
      {"failure_template = <<E\nSubject:\n\nE\n", "line 1: expected a field"},
      {"failure_template = <<E\nSubject: \xC3\xA4\n\nE\n",
       "line 1: expected a field"},
      {"failure_template = <<E\nCharset: latin1\n\nE\n", "line 1: the charset"},
      {"failure_template = <<E\n\n\xC3\xA4\nE\n", "line 2: the line is too"},
      {"failure_template = <<E\n\n$nobody\nE\n",
       "line 2: no such variable: $nobody"},
      {"failure_template = <<E\n\n${myhostname\nE\n", "line 2: no such"},
      {"failure_template = <<E\n\nbody\n", "line 4: the template does not end"},
      {std::string(70'000, '\n'), "longer than 64 KiB"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Parse(c.text), StatusIs(absl::StatusCode::kInvalidArgument,
                                        StartsWith(c.error)))
        << c.text.substr(0, 100);
  }
}

}  // namespace
}  // namespace postern::mta::queue
