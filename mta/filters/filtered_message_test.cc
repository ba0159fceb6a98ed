#include "mta/filters/filtered_message.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::filters {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

constexpr char kReceived[] =
    "Received: from c\r\n\tby us (Postern) with SMTP id QID;\r\n\tnow\r\n";
constexpr char kFields[] =
    "Subject: s\r\nX-A: 1\r\nX-B: 2\r\n folded\r\nX-A: 3\r\n";

FilteredMessage Message() {
  return FilteredMessage(absl::StrCat(kReceived, kFields), "QID");
}

std::vector<std::string> Shown(const FilteredMessage& message) {
  std::vector<std::string> shown;
  for (const mail::HeaderField& field : message.Shown()) {
    shown.push_back(absl::StrCat(field.name, ":", field.value));
  }
  return shown;
}

std::string After(const milter::Changes& changes) {
  FilteredMessage message = Message();
  message.Apply(changes);
  return message.HeaderText();
}

TEST(FilteredMessageTest, ShowsAllButOurOwnField) {
  EXPECT_THAT(Shown(Message()), ElementsAre("Subject: s", "X-A: 1",
                                            "X-B: 2\r\n folded", "X-A: 3"));
  EXPECT_FALSE(Message().is_header_changed());
  EXPECT_EQ(Message().HeaderText(), absl::StrCat(kReceived, kFields, "\r\n"));
}

TEST(FilteredMessageTest, AnotherServersReceivedIsShown) {
  const FilteredMessage message(
      "Received: from x by y id OTHER; now\r\nReceived: a id QID; now\r\n"
      "Received: again id QID; forged\r\n",
      "QID");
  EXPECT_THAT(Shown(message), ElementsAre("Received: from x by y id OTHER; now",
                                          "Received: again id QID; forged"));
}

// As Postfix 3.7 does it: our field and what was inserted before count.
TEST(FilteredMessageTest, InsertsWherePostfixWould) {
  milter::Changes changes;
  changes.InsertHeader(0, "I0", " x");
  changes.InsertHeader(1, "I1", " x");
  changes.InsertHeader(3, "I3", " x");
  changes.InsertHeader(99, "I99", " x");
  changes.AddHeader("Add", " y");
  EXPECT_EQ(After(changes),
            absl::StrCat("I0: x\r\nI1: x\r\n", kReceived, "I3: x\r\n", kFields,
                         "I99: x\r\nAdd: y\r\n\r\n"));
}

TEST(FilteredMessageTest, ChangesTheFieldOfThatNumberOfThoseShown) {
  milter::Changes changes;
  changes.ChangeHeader("x-a", 2, " changed");
  changes.DeleteHeader("X-B", 1);
  changes.ChangeHeader("X-A", 3, " third");
  changes.DeleteHeader("Nope", 1);
  changes.ChangeHeader("Received", 1, " r");
  EXPECT_EQ(After(changes),
            absl::StrCat(kReceived,
                         "Subject: s\r\nX-A: 1\r\nx-a: changed\r\n"
                         "X-A: third\r\nReceived: r\r\n\r\n"));
}

// INJ-07: from the highest down, all go.
TEST(FilteredMessageTest, DeletesAllOfAName) {
  milter::Changes changes;
  changes.DeleteHeader("X-A", 2);
  changes.DeleteHeader("X-A", 1);
  changes.DeleteHeader("X-B", 1);
  EXPECT_EQ(After(changes), absl::StrCat(kReceived, "Subject: s\r\n\r\n"));
}

TEST(FilteredMessageTest, KeepsWhatIsNoHeader) {
  FilteredMessage message = Message();
  milter::Changes changes;
  changes.ChangeSender("new@example.org", "RET=HDRS");
  changes.AddRecipient("more@example.org");
  changes.DeleteRecipient("less@example.org");
  changes.ReplaceBody("body\r\n");
  changes.Quarantine("strange");
  message.Apply(changes);
  EXPECT_FALSE(message.is_header_changed());
  EXPECT_THAT(message.body(), Optional(Eq("body\r\n")));
  EXPECT_THAT(message.quarantine(), Optional(Eq("strange")));
  std::vector<std::string> envelope;
  for (const auto& change : message.envelope_changes()) {
    envelope.push_back(absl::StrCat(static_cast<int>(change.kind), " ",
                                    change.address, " ", change.arguments));
  }
  EXPECT_THAT(envelope,
              ElementsAre("0 new@example.org RET=HDRS", "1 more@example.org ",
                          "2 less@example.org "));
}

TEST(FilteredMessageTest, AMessageMayHaveNoHeader) {
  FilteredMessage message("", "QID");
  EXPECT_EQ(message.HeaderText(), "\r\n");
  milter::Changes changes;
  changes.InsertHeader(5, "A", " b");
  message.Apply(changes);
  EXPECT_EQ(message.HeaderText(), "A: b\r\n\r\n");
}

}  // namespace
}  // namespace postern::mta::filters
