#include "lib/base/log.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace postern::log {
namespace {

TEST(LogTest, LogfmtQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(FormatEvent(Format::kLogfmt, "queued",
                        {{"queue_id", "4x7"}, {"size", 12}, {"why", "a b"}}),
            "event=queued queue_id=4x7 size=12 why=\"a b\"");
}

TEST(LogTest, JsonIsOneObject) {
  EXPECT_EQ(FormatEvent(Format::kJson, "queued", {{"ok", true}}),
            R"({"event":"queued","ok":"yes"})");
}

// MTA-35: one event is one line, whatever a peer sends.
TEST(LogTest, PeersCannotStartALineOrAField) {
  EXPECT_EQ(
      FormatEvent(Format::kLogfmt, "helo", {{"name", "x\r\nlevel=error"}}),
      R"(event=helo name="x\u000d\u000alevel=error")");
  EXPECT_EQ(FormatEvent(Format::kJson, "helo", {{"name", "\",\"a\":\"\xff"}}),
            R"({"event":"helo","name":"\",\"a\":\"\u00ff"})");
}

TEST(LogTest, CutsLongValues) {
  EXPECT_EQ(FormatEvent(Format::kLogfmt, "e", {{"v", std::string(5000, 'x')}}),
            "event=e v=" + std::string(1024, 'x'));
}

TEST(LogTest, ShowsStatusesAndDurations) {
  EXPECT_EQ(FormatEvent(Format::kLogfmt, "e",
                        {{"error", absl::NotFoundError("no a")},
                         {"after", absl::Milliseconds(1500)}}),
            "event=e error=\"NOT_FOUND: no a\" after=1.5s");
}

TEST(LogTest, DebugIsOffUntilConfigured) {
  EXPECT_FALSE(IsOn(Level::kDebug));
  Configure("test", Format::kLogfmt, Level::kDebug);
  EXPECT_TRUE(IsOn(Level::kDebug));
}

}  // namespace
}  // namespace postern::log
