#include "mta/outbound/letter_file.h"

#include <fcntl.h>

#include <string>

#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/base/unique_fd.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using Form = LetterText::Form;

class LetterFileTest : public ::testing::Test {
 protected:
  absl::Status Write(absl::string_view content, Form form, int64_t limit = -1) {
    const TextContent text{std::string(content)};
    const UniqueFd fd(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    LetterFile file(fd.get(), path_, limit);
    return file.Write({"s@y", "a@x", absl::Now(), &text}, form, "front\n");
  }

  const std::string prologue_ =
      "front\nReturn-Path: <s@y>\nDelivered-To: a@x\n";
  testing::TempDir dir_;
  const std::string path_ = dir_.path() + "/letter";
};

TEST_F(LetterFileTest, WritesWhatIsInFrontAndTheLetter) {
  ASSERT_THAT(Write("A: b\r\n\r\nc", Form::kMaildir), IsOk());
  EXPECT_EQ(ReadFile(path_).value(), prologue_ + "A: b\n\nc");
}

TEST_F(LetterFileTest, InAnMboxAnEmptyLineFollows) {
  ASSERT_THAT(Write("\r\nc", Form::kMbox), IsOk());
  EXPECT_EQ(ReadFile(path_).value(), prologue_ + "\nc\n\n");
  ASSERT_THAT(Write("\r\nc\r\n", Form::kMbox), IsOk());
  EXPECT_EQ(ReadFile(path_).value(), prologue_ + "\nc\n\n");
}

TEST_F(LetterFileTest, AContentAloneHasNoFieldsOfOurs) {
  const TextContent text{std::string("Return-Path: <x>\r\nA: b\r\n\r\n.c")};
  const UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
  LetterFile file(fd.get(), path_, -1);
  ASSERT_THAT(file.WriteContent(text, Form::kMaildir, "F: g\n",
                                /*ends_empty=*/true, PipeLines("\r\n", true)),
              IsOk());
  EXPECT_EQ(ReadFile(path_).value(), "F: g\r\nA: b\r\n\r\n..c\r\n\r\n");
}

TEST_F(LetterFileTest, ALargeLetterIsWhole) {
  const std::string body(3 << 20, 'x');
  ASSERT_THAT(Write("\r\n" + body, Form::kMaildir), IsOk());
  EXPECT_EQ(ReadFile(path_).value(), prologue_ + "\n" + body);
}

TEST_F(LetterFileTest, MoreThanTheLimitIsFailed) {
  const absl::Status status = Write("\r\n0123456789", Form::kMaildir, 50);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange));
  const queue::Outcome outcome = OutcomeOfWriting(status);
  EXPECT_EQ(outcome.kind, queue::Outcome::Kind::kFailed);
  EXPECT_EQ(outcome.status, "5.2.2");
}

}  // namespace
}  // namespace postern::mta::outbound
