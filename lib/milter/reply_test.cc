#include "lib/milter/reply.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;

constexpr size_t kHeadBytes = 5;
constexpr auto kMalformed = absl::StatusCode::kInvalidArgument;
const Options kNew = {6, kAllActions, kLeadingSpace};
const Options kOld = {2, kAllActions, 0};

Packet PacketOf(absl::string_view bytes) {
  return {bytes[4], bytes.substr(kHeadBytes)};
}

absl::StatusOr<Reply> Parse(char letter, absl::string_view body,
                            const Options& agreed = kNew) {
  return ParseReply({letter, body}, agreed);
}

std::string Written(const Change& change, const Options& agreed = kNew) {
  std::string bytes;
  AppendChange(change, agreed, bytes);
  return bytes;
}

TEST(ReplyTest, VerdictsAreReadAsTheyAreWritten) {
  using Kind = Verdict::Kind;
  for (const Verdict& verdict :
       {Verdict::Of(Kind::kContinue), Verdict::Of(Kind::kAccept),
        Verdict::Of(Kind::kDiscard), Verdict::Of(Kind::kReject),
        Verdict::Of(Kind::kTempfail), Verdict::Reply(550, "5.7.1", "no")}) {
    std::string bytes;
    AppendVerdict(verdict, bytes);
    EXPECT_THAT(ParseReply(PacketOf(bytes), kNew),
                IsOkAndHolds(Reply{Reply::Kind::kVerdict, verdict}));
  }
}

TEST(ReplyTest, PlainRepliesAreReadAsTheyAreWritten) {
  for (const auto kind :
       {Reply::Kind::kProgress, Reply::Kind::kSkip, Reply::Kind::kShutdown,
        Reply::Kind::kConnectionFailure}) {
    std::string bytes;
    AppendReply(kind, bytes);
    EXPECT_THAT(ParseReply(PacketOf(bytes), kNew), IsOkAndHolds(Reply{kind}));
  }
}

TEST(ReplyTest, ChangesAreReadAsTheyAreWritten) {
  Changes changes;
  changes.AddHeader("X-Last", " v");
  changes.InsertHeader(3, "X-First", "");
  changes.ChangeHeader("Subject", 2, " new");
  changes.DeleteHeader("Subject", 7);
  changes.ChangeSender("a@example.org", "RET=HDRS ENVID=1");
  changes.ChangeSender("");
  changes.AddRecipient("b@example.org");
  changes.AddRecipient("b@example.org", "NOTIFY=NEVER");
  changes.DeleteRecipient("c@example.org");
  changes.ReplaceBody("text\r\n");
  changes.ReplaceBody("");
  changes.Quarantine("why");
  for (const Change& change : changes.list()) {
    EXPECT_THAT(ParseReply(PacketOf(Written(change)), kNew),
                IsOkAndHolds(Reply{Reply::Kind::kChange, {}, change}));
  }
}

TEST(ReplyTest, ALargeBodyGoesInPieces) {
  const std::string body(2 * kBodyChunkBytes + 10, 'x');
  const std::string bytes = Written({Change::Kind::kReplaceBody, 0, "", body});
  EXPECT_EQ(bytes.size(), body.size() + 3 * kHeadBytes);
}

TEST(ReplyTest, TheLeadingSpaceIsAsAgreed) {
  const Change change{Change::Kind::kAddHeader, 0, "X", " v"};
  EXPECT_EQ(Written(change, kNew).substr(kHeadBytes),
            absl::string_view("X\0 v\0", 5));
  EXPECT_EQ(Written(change, kOld).substr(kHeadBytes),
            absl::string_view("X\0v\0", 4));
  EXPECT_THAT(ParseReply(PacketOf(Written(change, kOld)), kOld),
              IsOkAndHolds(Reply{Reply::Kind::kChange, {}, change}));
  const Change deleted{Change::Kind::kChangeHeader, 1, "X", ""};
  EXPECT_THAT(ParseReply(PacketOf(Written(deleted, kOld)), kOld),
              IsOkAndHolds(Reply{Reply::Kind::kChange, {}, deleted}));
}

TEST(ReplyTest, FoldedValuesHaveTheLineEndsOfTheirSide) {
  const Change change{Change::Kind::kAddHeader, 0, "X", " a\r\n\tb"};
  EXPECT_EQ(Written(change).substr(kHeadBytes),
            absl::string_view("X\0 a\n\tb\0", 8));
  EXPECT_EQ(ParseReply(PacketOf(Written(change)), kNew)->change.value,
            " a\r\n\tb");
}

TEST(ReplyTest, INJ14_AValueStaysOneFieldOnBothSides) {
  const Change change{Change::Kind::kAddHeader, 0, "X",
                      std::string(" a\nBcc: x@y\0\r", 13)};
  EXPECT_EQ(Written(change).substr(kHeadBytes),
            absl::string_view("X\0 a Bcc: x@y\0", 14));
  EXPECT_EQ(
      Parse('h', absl::string_view("X\0 a\nBcc: x@y\0", 14))->change.value,
      " a Bcc: x@y");
}

TEST(ReplyTest, MTA28_MalformedRepliesAreNone) {
  const struct {
    const char* why;
    char letter;
    std::string body;
  } cases[] = {
      {"an unknown letter", 'Z', ""},
      {"a command", 'O', ""},
      {"a NUL", '\0', ""},
      {"more behind CONTINUE", 'c', "x"},
      {"more behind PROGRESS", 'p', "x"},
      {"a code without a NUL", 'y', "550 no"},
      {"a header without a NUL", 'h', "X"},
      {"a value without a NUL", 'h', std::string("X\0v", 3)},
      {"more behind a value", 'h', std::string("X\0v\0w", 5)},
      {"a header without a name", 'h', std::string("\0v\0", 3)},
      {"a name with a colon", 'h', std::string("X:\0v\0", 5)},
      {"a name with a line end", 'h', std::string("X\n\0v\0", 5)},
      {"an index cut", 'i', std::string("\0\0\1", 3)},
      {"an index alone", 'm', std::string("\0\0\0\1", 4)},
      {"no recipient", '+', std::string("<>\0", 3)},
      {"a recipient without a NUL", '+', "<a@b>"},
      {"arguments where none belong", '+', std::string("<a@b>\0X=1\0", 10)},
      {"a recipient of two lines", '+', std::string("<a@b>\r\n\0", 8)},
      {"a long recipient", '-', std::string(600, 'x') + '\0'},
      {"arguments of two lines", '2', std::string("<a@b>\0X\nY\0", 10)},
      {"arguments without a NUL", 'e', std::string("<a@b>\0X", 7)},
      {"more behind the arguments", 'e', std::string("<a@b>\0X\0Y\0", 10)},
      {"a reason without a NUL", 'q', "why"},
      {"two reasons", 'q', std::string("a\0b\0", 4)},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Parse(c.letter, c.body), StatusIs(kMalformed)) << c.why;
  }
}

TEST(ReplyTest, AReasonIsPrintable) {
  EXPECT_EQ(Parse('q', absl::string_view("a\r\nb\0", 5))->change.value, "a??b");
}

TEST(ReplyTest, WhatAFilterWantsIsCheckedBeforeItIsWritten) {
  Changes changes;
  changes.AddHeader("X", " v");
  changes.ChangeSender("");
  changes.AddRecipient("a@b", "X=1");
  EXPECT_THAT(CheckChanges(changes, kNew), IsOk());
  EXPECT_THAT(CheckChanges(changes, {6, kAddHeaders, 0}),
              StatusIs(absl::StatusCode::kFailedPrecondition));

  const Change bad[] = {
      {Change::Kind::kAddHeader, 0, "X:", ""},
      {Change::Kind::kChangeHeader, 1, "", ""},
      {Change::Kind::kAddRecipient, 0, "", ""},
      {Change::Kind::kAddRecipient, 0, "a\n@b", ""},
      {Change::Kind::kAddRecipient, 0, "a@b", "X\n=1"},
      {Change::Kind::kChangeSender, 0, std::string("a\0b", 3), ""},
  };
  for (const Change& change : bad) {
    Changes one;
    one.Add(change);
    EXPECT_THAT(CheckChanges(one, kNew), StatusIs(kMalformed)) << change.name;
  }
  Changes reply;
  reply.verdict = Verdict::Reply(250, "", "ok");
  EXPECT_THAT(CheckChanges(reply, kNew), StatusIs(kMalformed));
}

}  // namespace
}  // namespace postern::milter
