#include "greylistd/decision_log.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/log.h"

namespace postern::greylistd {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStdout;

TEST(DecisionLogTest, ALineTellsWhoAndWhy) {
  const std::string text =
      "request=smtpd_access_policy\nclient_name=mx.example.org\n"
      "client_address=192.0.2.1\nsender=a@b c\nrecipient=c@d\n"
      "instance=1.2.3\nqueue_id=Q1\n\n";
  const policy::Request request = policy::Request::Parse(text).value();
  DecisionLog log(0);
  CaptureStdout();
  log.Write(request, Reason::kNew, 300, /*waits=*/true, 100);
  const std::string line = GetCapturedStdout();
  EXPECT_THAT(line, HasSubstr("level=info"));
  EXPECT_THAT(
      line,
      HasSubstr("event=decision action=greylist reason=new seconds=300 "
                "client_name=mx.example.org client_address=192.0.2.1 "
                "sender=\"a@b c\" recipient=c@d session=1.2.3 queue_id=Q1"));
}

TEST(DecisionLogTest, WhatExceedsTheLimitIsLeftOutAndCounted) {
  const policy::Request request =
      policy::Request::Parse("request=smtpd_access_policy\n\n").value();
  DecisionLog log(1);
  CaptureStdout();
  for (const int64_t now : {100, 100, 100, 101}) {
    log.Write(request, Reason::kNew, 300, /*waits=*/true, now);
  }
  EXPECT_THAT(GetCapturedStdout(),
              HasSubstr("event=decisions_not_logged count=2"));
}

TEST(DecisionLogTest, RoutineIsForLevelDebug) {
  const std::string text = "request=smtpd_access_policy\n\n";
  const policy::Request request = policy::Request::Parse(text).value();
  DecisionLog log(0);
  CaptureStdout();
  log.Write(request, Reason::kKnown, 0, /*waits=*/false, 100);
  EXPECT_EQ(GetCapturedStdout(), "");
  log::Configure("greylistd", log::Format::kLogfmt, log::Level::kDebug);
  CaptureStdout();
  log.Write(request, Reason::kKnown, 0, /*waits=*/false, 100);
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("level=debug"));
}

}  // namespace
}  // namespace postern::greylistd
