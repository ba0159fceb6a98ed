#include "dkimd/message_feed.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

// Writes down what it gets: "[name|value]" for a field, "#" for the end of the
// header, then the body.
class Notes final : public MessageFeed::Sink {
 public:
  void OnField(const mail::HeaderField& field) override {
    absl::StrAppend(&text, "[", field.name, "|", field.value, "]");
  }
  void OnEndOfHeader() override { text += "#"; }
  void OnBody(absl::string_view chunk) override {
    absl::StrAppend(&text, chunk);
  }
  std::string text;
};

std::string Fed(absl::string_view message, size_t step = 1000) {
  Notes notes;
  MessageFeed feed(notes);
  for (; !message.empty();
       message.remove_prefix(std::min(step, message.size()))) {
    feed.Add(message.substr(0, step));
  }
  feed.Finish();
  return notes.text;
}

TEST(MessageFeedTest, AMessageIsItsFieldsAndItsBody) {
  const std::string message = "From: a\r\nTo: b,\r\n c\r\n\r\nbody\r\n\r\n";
  for (const size_t step : {1, 2, 3, 1000}) {
    EXPECT_EQ(Fed(message, step), "[From| a][To| b,\r\n c]#body\r\n\r\n");
  }
}

TEST(MessageFeedTest, LinesOfAFileBecomeLinesOfMail) {
  for (const size_t step : {1, 1000}) {
    EXPECT_EQ(Fed("From: a\n\nx\n\ny\rz\n", step),
              "[From| a]#x\r\n\r\ny\rz\r\n");
  }
}

TEST(MessageFeedTest, AHeaderMayBeAll) {
  EXPECT_EQ(Fed("From: a\r\n"), "[From| a]#");
  EXPECT_EQ(Fed("From: a"), "[From| a]#");
  EXPECT_EQ(Fed(""), "#");
  EXPECT_EQ(Fed("From: a\r\nno field\r\n"), "[From| a]#no field\r\n");
}

TEST(MessageFeedTest, WhetherThereIsAMessageIsKnown) {
  Notes notes;
  MessageFeed feed(notes);
  EXPECT_TRUE(feed.is_empty());
  feed.Add("x");
  EXPECT_FALSE(feed.is_empty());
}

}  // namespace
}  // namespace postern::dkimd
