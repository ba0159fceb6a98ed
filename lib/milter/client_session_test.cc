#include "lib/milter/client_session.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/milter/reply.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr auto kMalformed = absl::StatusCode::kInvalidArgument;
constexpr size_t kHeadBytes = 5;
using Kind = Verdict::Kind;

// The letters of the packets in `bytes`, in order.
std::string Letters(absl::string_view bytes) {
  std::string letters;
  while (!bytes.empty()) {
    const size_t size = *TakeNumber(bytes);
    letters += bytes[0];
    bytes.remove_prefix(size);
  }
  return letters;
}

class ClientSessionTest : public ::testing::Test {
 protected:
  // The filter answers the offer with that.
  absl::Status Agree(const Options& answer, ClientLimits limits = {}) {
    session_.emplace(UsualMacroLists(), limits);
    std::string packet;
    AppendOptions(answer, packet);
    return session_->TakeAnswer({packet[4], packet.substr(kHeadBytes)});
  }
  void AgreeToAll(uint32_t steps = kSkip | kLeadingSpace) {
    ASSERT_THAT(Agree({6, kAllActions, steps}), IsOk());
  }

  absl::StatusOr<std::optional<Verdict>> Take(char letter,
                                              absl::string_view body = "") {
    return session_->TakeReply({letter, body});
  }
  // What the session says in a call, by letters.
  template <typename Call>
  std::string Said(Call call) {
    std::string output;
    call(output);
    return Letters(output);
  }
  bool Recipient() { return session_->Recipient(path_, known_, output_); }
  bool EndOfMessage() { return session_->EndOfMessage(known_, output_); }

  std::optional<ClientSession> session_;
  Macros known_;
  Path path_{"a@example.org", {}, {}};
  std::string output_;
};

TEST_F(ClientSessionTest, OffersAllThatItsVersionHas) {
  for (const uint32_t version : {2u, 3u, 4u, 6u}) {
    std::string packet;
    ClientSession(MacroLists(), {}, version).AppendOffer(packet);
    const Options offer = ParseOptions(packet.substr(kHeadBytes)).value();
    EXPECT_EQ(offer.version, version);
    EXPECT_EQ(offer.actions, ActionsOf(version));
    EXPECT_EQ(offer.steps, StepsOf(version));
  }
}

TEST_F(ClientSessionTest, MTA28_TakesNoAnswerThatIsNone) {
  const Options cases[] = {
      {7, 0, 0}, {1, 0, 0}, {6, 0x200, 0}, {6, 0, 0x10000000}};
  for (const Options& answer : cases) {
    EXPECT_THAT(Agree(answer), StatusIs(kMalformed));
  }
  EXPECT_THAT(session_->TakeAnswer({'c', ""}), StatusIs(kMalformed));
  EXPECT_THAT(session_->TakeAnswer({'O', "short"}), StatusIs(kMalformed));
}

TEST_F(ClientSessionTest, SaysEveryStageAndAwaitsItsReply) {
  AgreeToAll();
  const ConnectCommand client{"mail.example.net"};
  EXPECT_TRUE(session_->Connect(client, known_, output_));
  EXPECT_TRUE(session_->Helo("mail.example.net", known_, output_));
  EXPECT_TRUE(session_->Sender(path_, known_, output_));
  EXPECT_TRUE(Recipient());
  EXPECT_TRUE(session_->Unknown("FOO", output_));
  EXPECT_TRUE(session_->Data(known_, output_));
  EXPECT_TRUE(session_->Header("X", " v", output_));
  EXPECT_TRUE(session_->EndOfHeader(known_, output_));
  EXPECT_TRUE(session_->Body("te", "xt", output_));
  EXPECT_TRUE(EndOfMessage());
  EXPECT_EQ(Letters(output_), "DCDHDMDRUDTLDNBDE");
}

TEST_F(ClientSessionTest, SaysNothingThatIsNotWanted) {
  AgreeToAll(kNoConnect | kNoHelo | kNoSender | kNoRecipient | kNoUnknown |
             kNoData | kNoHeader | kNoEndOfHeader | kNoBody);
  EXPECT_FALSE(session_->Connect({"x"}, known_, output_));
  EXPECT_FALSE(session_->Helo("x", known_, output_));
  EXPECT_FALSE(session_->Sender(path_, known_, output_));
  EXPECT_FALSE(Recipient());
  EXPECT_FALSE(session_->Unknown("FOO", output_));
  EXPECT_FALSE(session_->Data(known_, output_));
  EXPECT_FALSE(session_->Header("X", "v", output_));
  EXPECT_FALSE(session_->EndOfHeader(known_, output_));
  EXPECT_FALSE(session_->Body("te", "xt", output_));
  EXPECT_FALSE(session_->wants_body());
  EXPECT_EQ(output_, "");
  EXPECT_TRUE(EndOfMessage());
}

TEST_F(ClientSessionTest, AwaitsNoReplyFromASilentFilter) {
  AgreeToAll(kSilentConnect | kSilentHelo | kSilentSender | kSilentRecipient |
             kSilentData | kSilentHeader | kSilentEndOfHeader | kSilentBody);
  EXPECT_FALSE(session_->Connect({"x"}, known_, output_));
  EXPECT_FALSE(session_->Sender(path_, known_, output_));
  EXPECT_FALSE(session_->Header("X", "v", output_));
  EXPECT_FALSE(session_->Body("te", "xt", output_));
  EXPECT_EQ(Letters(output_), "DCDMLB");
}

TEST_F(ClientSessionTest, AnOldFilterIsNotToldWhatItDoesNotKnow) {
  ASSERT_THAT(Agree({2, 0, 0}), IsOk());
  EXPECT_FALSE(session_->Data(known_, output_));
  EXPECT_FALSE(session_->Unknown("FOO", output_));
  EXPECT_FALSE(session_->EndClient(output_));
  EXPECT_EQ(output_, "");
}

TEST_F(ClientSessionTest, TellsTheMacrosOfTheStageThatItKnows) {
  AgreeToAll();
  known_.Set("j", "mx.example.org");
  known_.Set("i", "4FzQ");
  known_.Set("auth_authen", "ann");
  session_->Sender(path_, known_, output_);
  absl::string_view rest = output_;
  const size_t size = *TakeNumber(rest);
  const auto told = ParseMacros(rest.substr(1, size - 1));
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->macros.Get("i"), "4FzQ");
  EXPECT_EQ(told->macros.Get("auth_authen"), "ann");
  EXPECT_EQ(told->macros.Get("j"), "");
}

TEST_F(ClientSessionTest, AFilterMayChooseItsMacros) {
  Options answer{6, kChooseMacros, 0};
  answer.macros[static_cast<size_t>(Stage::kHelo)] = "j, {auth_authen}";
  ASSERT_THAT(Agree(answer), IsOk());
  known_.Set("j", "mx");
  known_.Set("tls_version", "TLSv1.3");
  session_->Helo("x", known_, output_);
  absl::string_view rest = output_;
  const size_t size = *TakeNumber(rest);
  EXPECT_EQ(rest.substr(0, size), absl::string_view("DHj\0mx\0", 7));
  EXPECT_TRUE(session_->IsTold(Stage::kHelo, "auth_authen"));
  EXPECT_FALSE(session_->IsTold(Stage::kHelo, "tls_version"));
  EXPECT_TRUE(session_->IsTold(Stage::kRecipient, "rcpt_host"))
      << "where it chooses none it is told the usual ones";
}

TEST_F(ClientSessionTest, HeaderValuesHaveTheirLeadingSpaceAsAgreed) {
  AgreeToAll(kLeadingSpace);
  session_->Header("X", "  a\r\n\tb", output_);
  EXPECT_EQ(output_.substr(kHeadBytes), absl::string_view("X\0  a\n\tb\0", 9));
  AgreeToAll(0);
  output_.clear();
  session_->Header("X", "  a", output_);
  EXPECT_EQ(output_.substr(kHeadBytes), absl::string_view("X\0 a\0", 5));
}

TEST_F(ClientSessionTest, GathersTheChangesUpToTheVerdict) {
  AgreeToAll();
  EndOfMessage();
  for (const auto& [letter, body] : std::vector<std::pair<char, std::string>>{
           {'h', std::string("X\0 v\0", 5)},
           {'b', "one "},
           {'p', ""},
           {'i', std::string("\0\0\0\1Y\0 w\0", 9)},
           {'b', "two"}}) {
    EXPECT_THAT(Take(letter, body), IsOkAndHolds(Eq(std::nullopt)));
  }
  EXPECT_THAT(Take('a'), IsOkAndHolds(Optional(Verdict::Of(Kind::kAccept))));
  const Changes changes = session_->TakeChanges();
  EXPECT_EQ(changes.verdict.kind, Kind::kAccept);
  EXPECT_THAT(changes.list(),
              ElementsAre(Change{Change::Kind::kAddHeader, 0, "X", " v"},
                          Change{Change::Kind::kReplaceBody, 0, "", "one two"},
                          Change{Change::Kind::kInsertHeader, 1, "Y", " w"}));
  EXPECT_THAT(session_->TakeChanges().list(), IsEmpty());
}

TEST_F(ClientSessionTest, ChangesThatWereTakenAreNotAddedTo) {
  AgreeToAll();
  EndOfMessage();
  ASSERT_THAT(Take('b', "one"), IsOk());
  EXPECT_THAT(session_->TakeChanges().list(), SizeIs(1));
  ASSERT_THAT(Take('b', "two"), IsOk());
  EXPECT_THAT(session_->TakeChanges().list(),
              ElementsAre(Change{Change::Kind::kReplaceBody, 0, "", "two"}));
}

TEST_F(ClientSessionTest, MTA28_TakesNoChangeThatWasNotAgreedUpon) {
  ASSERT_THAT(Agree({6, kAddHeaders, 0}), IsOk());
  EndOfMessage();
  EXPECT_THAT(Take('b', "body"), StatusIs(kMalformed));
  EXPECT_THAT(Take('m', absl::string_view("\0\0\0\1X\0\0", 7)),
              StatusIs(kMalformed));
  EXPECT_THAT(Take('q', absl::string_view("why\0", 4)), StatusIs(kMalformed));
}

TEST_F(ClientSessionTest, MTA28_TakesNoChangeBeforeTheEnd) {
  AgreeToAll();
  session_->Header("X", "v", output_);
  EXPECT_THAT(Take('h', absl::string_view("X\0v\0", 4)), StatusIs(kMalformed));
}

TEST_F(ClientSessionTest, MTA28_ABodyThatDoesNotEndIsNoBody) {
  AgreeToAll();
  EndOfMessage();
  EXPECT_THAT(Take('b', "half of it"), IsOkAndHolds(Eq(std::nullopt)));
  // The connection is lost here: the message is given up, and nothing is left.
  session_->EndMessage(output_);
  EXPECT_THAT(session_->TakeChanges().list(), IsEmpty());
}

TEST_F(ClientSessionTest, MTA28_IsBounded) {
  ClientLimits limits;
  limits.max_changes = 2;
  limits.max_change_bytes = 20;
  limits.max_body_bytes = 10;
  limits.max_progress = 3;
  const Options all{6, kAllActions, 0};
  ASSERT_THAT(Agree(all, limits), IsOk());
  EndOfMessage();
  const absl::string_view header("X\0v\0", 4);
  EXPECT_THAT(Take('h', header), IsOk());
  EXPECT_THAT(Take('h', header), IsOk());
  EXPECT_THAT(Take('h', header), StatusIs(kMalformed));

  ASSERT_THAT(Agree(all, limits), IsOk());
  EndOfMessage();
  EXPECT_THAT(Take('h', std::string("X\0", 2) + std::string(30, 'v') + '\0'),
              StatusIs(kMalformed));

  ASSERT_THAT(Agree(all, limits), IsOk());
  EndOfMessage();
  EXPECT_THAT(Take('b', "0123456789"), IsOk());
  EXPECT_THAT(Take('b', "0"), StatusIs(kMalformed));

  ASSERT_THAT(Agree(all, limits), IsOk());
  EndOfMessage();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Take('p'), IsOk());
  EXPECT_TRUE(session_->is_in_progress());
  EXPECT_THAT(Take('p'), StatusIs(kMalformed));
}

TEST_F(ClientSessionTest, MTA28_TakesNoUnknownReply) {
  AgreeToAll();
  EndOfMessage();
  EXPECT_THAT(Take('Z'), StatusIs(kMalformed));
  EXPECT_THAT(Take('O', std::string(12, '\0')), StatusIs(kMalformed));
}

TEST_F(ClientSessionTest, OnlyABodyCanBeSkipped) {
  AgreeToAll();
  EXPECT_TRUE(session_->Body("te", "xt", output_));
  EXPECT_THAT(Take('s'), IsOkAndHolds(Optional(Verdict())));
  EXPECT_FALSE(session_->wants_body());
  EXPECT_EQ(Said([&](auto& out) { session_->Body("more", "", out); }), "");
  EXPECT_TRUE(EndOfMessage());
  EXPECT_THAT(Take('s'), StatusIs(kMalformed));
  AgreeToAll(0);
  session_->Body("te", "xt", output_);
  EXPECT_THAT(Take('s'), StatusIs(kMalformed));
}

TEST_F(ClientSessionTest, OnlyAMessageCanBeDiscarded) {
  AgreeToAll();
  session_->Helo("x", known_, output_);
  EXPECT_THAT(Take('d'), StatusIs(kMalformed));
  AgreeToAll();
  session_->Sender(path_, known_, output_);
  EXPECT_THAT(Take('d'), IsOkAndHolds(Optional(Verdict::Of(Kind::kDiscard))));
  EXPECT_FALSE(session_->wants_message());
}

TEST_F(ClientSessionTest, AnAcceptedMessageIsShownNoFurther) {
  AgreeToAll();
  session_->Sender(path_, known_, output_);
  ASSERT_THAT(Take('a'), IsOk());
  EXPECT_FALSE(Recipient());
  EXPECT_FALSE(EndOfMessage());
  EXPECT_EQ(Said([&](auto& out) { session_->EndMessage(out); }), "A");
  EXPECT_TRUE(session_->Sender(path_, known_, output_));
}

TEST_F(ClientSessionTest, AnAcceptedClientIsShownNoFurther) {
  AgreeToAll();
  session_->Connect({"x"}, known_, output_);
  ASSERT_THAT(Take('a'), IsOk());
  EXPECT_FALSE(session_->Sender(path_, known_, output_));
  session_->EndMessage(output_);
  EXPECT_FALSE(session_->Sender(path_, known_, output_));
  EXPECT_EQ(Said([&](auto& out) { session_->EndClient(out); }), "K");
  EXPECT_TRUE(session_->Connect({"y"}, known_, output_));
}

TEST_F(ClientSessionTest, ARejectedRecipientIsShownToWhoWantsToKnow) {
  AgreeToAll();
  session_->Sender(path_, known_, output_);
  ASSERT_THAT(Take('c'), IsOk());
  EXPECT_FALSE(session_->wants_rejected_recipients());
  EXPECT_FALSE(session_->RejectedRecipient(path_, known_, output_));

  AgreeToAll(kRejectedRecipients);
  session_->Sender(path_, known_, output_);
  ASSERT_THAT(Take('c'), IsOk());
  EXPECT_TRUE(session_->wants_rejected_recipients());
  known_.Set("rcpt_mailer", "error");
  output_.clear();
  EXPECT_TRUE(session_->RejectedRecipient(path_, known_, output_));
  EXPECT_EQ(Letters(output_), "DR");
  EXPECT_THAT(output_, HasSubstr(std::string("{rcpt_mailer}\0error\0", 20)));
  ASSERT_THAT(Take('r'), IsOk());
  EXPECT_TRUE(session_->wants_message());
  ASSERT_TRUE(Recipient());
  ASSERT_THAT(Take('a'), IsOk());
  EXPECT_FALSE(session_->wants_rejected_recipients());
}

TEST_F(ClientSessionTest, ARefusedRecipientDoesNotEndTheMessage) {
  AgreeToAll();
  session_->Sender(path_, known_, output_);
  ASSERT_THAT(Take('c'), IsOk());
  Recipient();
  ASSERT_THAT(Take('r'), IsOk());
  EXPECT_TRUE(session_->wants_message());
  EXPECT_TRUE(Recipient());
  ASSERT_THAT(Take('t'), IsOk());
  EXPECT_TRUE(session_->Data(known_, output_));
  ASSERT_THAT(Take('y', absl::string_view("550 no\0", 7)), IsOk());
  EXPECT_FALSE(session_->wants_message());
}

TEST_F(ClientSessionTest, MTA14_TheNextMessageIsAskedAboutAnew) {
  AgreeToAll();
  session_->Sender(path_, known_, output_);
  ASSERT_THAT(Take('a'), IsOk());
  // Nobody has said that this message is over.
  EXPECT_EQ(Said([&](auto& out) { session_->Sender(path_, known_, out); }),
            "ADM");
  ASSERT_THAT(Take('c'), IsOk());
  EndOfMessage();
  ASSERT_THAT(Take('r'), IsOk());
  EXPECT_EQ(Said([&](auto& out) { session_->Sender(path_, known_, out); }),
            "DM");
}

TEST_F(ClientSessionTest, AFilterMayTurnTheClientOff) {
  AgreeToAll();
  session_->Helo("x", known_, output_);
  EXPECT_EQ((*Take('4'))->code, 421);
  session_->Helo("x", known_, output_);
  EXPECT_EQ((*Take('f'))->code, 421);
}

TEST_F(ClientSessionTest, SaysGoodBye) {
  EXPECT_EQ(Said([](auto& out) { ClientSession::Quit(out); }), "Q");
}

}  // namespace
}  // namespace postern::milter
