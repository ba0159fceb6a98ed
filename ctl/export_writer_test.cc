#include "ctl/export_writer.h"

#include <string>

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

class ExportWriterTest : public ::testing::Test {
 protected:
  std::string file_;
  ExportWriter writer_{[this](absl::string_view bytes) {
    file_.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }};
};

TEST_F(ExportWriterTest, WritesWhatTheFormatSays) {
  ASSERT_THAT(writer_.Begin("0dk3v9zq1h7xw", "envelope"), IsOk());
  ASSERT_THAT(writer_.Add("content"), IsOk());
  ASSERT_THAT(writer_.End(), IsOk());
  ASSERT_THAT(writer_.Finish(), IsOk());
  EXPECT_EQ(writer_.messages(), 1u);
  EXPECT_EQ(file_.substr(0, 9), "POSTERNQ\x01");
  const std::string marker = file_.substr(9, kMarkerBytes);
  const std::string first = file_.substr(kExportHeaderBytes);
  EXPECT_EQ(first.substr(0, kMarkerBytes), marker);
  EXPECT_EQ(first.substr(kMarkerBytes, 5), std::string("M\0\0\0\x15", 5));
  EXPECT_EQ(first.substr(kRecordHeadBytes, 21), "0dk3v9zq1h7xwenvelope");
  EXPECT_EQ(file_.size(),
            kExportHeaderBytes + 4 * kRecordHeadBytes + 21 + 7 + 12 + 8);
}

TEST_F(ExportWriterTest, HasAMarkerOfItsOwnInEachFile) {
  std::string other;
  ExportWriter second([&other](absl::string_view bytes) {
    other.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  });
  ASSERT_THAT(writer_.Finish(), IsOk());
  ASSERT_THAT(second.Finish(), IsOk());
  EXPECT_NE(file_.substr(9, kMarkerBytes), other.substr(9, kMarkerBytes));
}

TEST_F(ExportWriterTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT(writer_.Begin("short", "envelope"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(writer_.Add(std::string(kLongestPayload + 1, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(file_, "");
}

TEST(ExportWriterErrorTest, SaysWhatTheDiskSays) {
  ExportWriter writer(
      [](absl::string_view) { return absl::ResourceExhaustedError("full"); });
  EXPECT_THAT(writer.Finish(), StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace postern::ctl
