#include "mta/outbound/transaction.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using ::testing::ElementsAre;
using Kind = queue::Outcome::Kind;

const smtp::Extensions kAll = {.pipelining = true,
                               .size = true,
                               .size_limit_bytes = 1000,
                               .eight_bit_mime = true,
                               .enhanced_status_codes = true};

class TransactionTest : public ::testing::Test {
 protected:
  Transaction Begin(const smtp::Extensions& extensions = {},
                    bool reset_first = false) {
    return Transaction(parcel_, extensions, reset_first, "mx:25");
  }

  // Hands in a reply to each command.
  static bool TakeAll(Transaction& t, const std::vector<const char*>& replies) {
    bool goes_on = true;
    for (size_t i = 0; i < replies.size(); ++i) {
      goes_on = t.Take(i, smtp::Reply::Parse(replies[i]).value());
    }
    return goes_on;
  }

  // "sent 2.0.0", "deferred 4.2.0", "bounced 5.1.1".
  static std::vector<std::string> Summary(Transaction& t) {
    std::vector<std::string> summary;
    for (const queue::Outcome& o : t.TakeOutcomes()) {
      const char* word = o.kind == Kind::kDelivered ? "sent "
                         : o.kind == Kind::kFailed  ? "bounced "
                                                    : "deferred ";
      summary.push_back(word + o.status);
    }
    return summary;
  }

  TextContent content_{"Subject: x\r\n\r\nhello\r\n"};
  Parcel parcel_ = {"s@example.net", {"a@x", "b@x"}, &content_, true};
};

std::vector<std::string> CommandsOf(const Transaction& t) {
  std::vector<std::string> commands;
  for (size_t i = 0; i < t.size(); ++i) {
    t.AppendCommand(i, commands.emplace_back());
  }
  return commands;
}

TEST_F(TransactionTest, SaysOnlyWhatTheServerKnows) {
  EXPECT_THAT(CommandsOf(Begin()),
              ElementsAre("MAIL FROM:<s@example.net>\r\n", "RCPT TO:<a@x>\r\n",
                          "RCPT TO:<b@x>\r\n", "DATA\r\n"));
  EXPECT_EQ(CommandsOf(Begin(kAll))[0],
            "MAIL FROM:<s@example.net> SIZE=21 BODY=8BITMIME\r\n");
  parcel_.body_8bitmime = false;
  parcel_.sender = "";
  EXPECT_EQ(CommandsOf(Begin(kAll))[0], "MAIL FROM:<> SIZE=21\r\n");
}

TEST_F(TransactionTest, ResetsAnOpenTransactionFirst) {
  Transaction t = Begin({}, /*reset_first=*/true);
  EXPECT_EQ(CommandsOf(t)[0], "RSET\r\n");
  EXPECT_EQ(t.NameOf(0), "RSET");
  EXPECT_EQ(t.NameOf(1), "MAIL FROM");
  EXPECT_EQ(t.NameOf(2), "RCPT TO");
  EXPECT_EQ(t.NameOf(4), "DATA");
}

TEST_F(TransactionTest, AProbeEndsWithTheRecipients) {
  parcel_.content = nullptr;
  Transaction t = Begin(kAll);
  EXPECT_THAT(CommandsOf(t),
              ElementsAre("MAIL FROM:<s@example.net> BODY=8BITMIME\r\n",
                          "RCPT TO:<a@x>\r\n", "RCPT TO:<b@x>\r\n"));
  TakeAll(t, {"250 ok", "250 2.1.5 fine", "550 5.1.1 nobody"});
  EXPECT_FALSE(t.wants_content());
  EXPECT_FALSE(t.wants_empty_end());
  EXPECT_TRUE(t.is_open()) << "RSET before the next";
  EXPECT_THAT(Summary(t), ElementsAre("sent 2.1.5", "bounced 5.1.1"));
}

TEST_F(TransactionTest, AllAreDeliveredByTheFinalReply) {
  Transaction t = Begin();
  EXPECT_TRUE(TakeAll(t, {"250 ok", "250 ok", "251 ok", "354 go"}));
  EXPECT_TRUE(t.wants_content());
  EXPECT_TRUE(t.TakeFinal({250, "2.6.0", "queued"}));
  EXPECT_THAT(Summary(t), ElementsAre("sent 2.6.0", "sent 2.6.0"));
  EXPECT_FALSE(t.is_open());
}

TEST_F(TransactionTest, EachRecipientHasItsOwnOutcome) {
  Transaction t = Begin();
  TakeAll(t, {"250 ok", "550 5.1.1 nobody", "250 ok", "354 go"});
  EXPECT_TRUE(t.wants_content());
  t.TakeFinal({451, "", "later"});
  EXPECT_THAT(Summary(t), ElementsAre("bounced 5.1.1", "deferred 4.0.0"));
}

TEST_F(TransactionTest, ARefusedSenderSettlesEverybody) {
  Transaction t = Begin();
  EXPECT_TRUE(TakeAll(t, {"450 4.7.1 greylisted"}));
  EXPECT_TRUE(t.IsPointless(1));
  EXPECT_THAT(Summary(t), ElementsAre("deferred 4.7.1", "deferred 4.7.1"));
  EXPECT_FALSE(t.is_open());
}

TEST_F(TransactionTest, APipelinedRefusalIsNotOverwrittenByWhatFollows) {
  Transaction t = Begin();
  EXPECT_TRUE(TakeAll(t, {"550 5.7.1 no", "503 mail", "503 mail", "503 rcpt"}));
  EXPECT_THAT(Summary(t), ElementsAre("bounced 5.7.1", "bounced 5.7.1"));
}

TEST_F(TransactionTest, DataWithoutRecipientsIsPointless) {
  Transaction t = Begin();
  TakeAll(t, {"250 ok", "550 5.1.1 no", "450 4.2.0 later"});
  EXPECT_TRUE(t.IsPointless(3));
  EXPECT_TRUE(t.is_open());
  EXPECT_THAT(Summary(t), ElementsAre("bounced 5.1.1", "deferred 4.2.0"));
}

// RFC 2920 section 3.1.
TEST_F(TransactionTest, AGoAheadForNobodyWantsTheDotAlone) {
  Transaction t = Begin();
  TakeAll(t, {"250 ok", "550 no", "550 no", "354 go"});
  EXPECT_FALSE(t.wants_content());
  EXPECT_TRUE(t.wants_empty_end());
}

TEST_F(TransactionTest, ARefusedDataSettlesTheAcceptedAndStaysOpen) {
  Transaction t = Begin();
  EXPECT_TRUE(TakeAll(t, {"250 ok", "250 ok", "550 no", "554 5.5.0 no"}));
  EXPECT_FALSE(t.wants_content());
  EXPECT_TRUE(t.is_open());
  EXPECT_THAT(Summary(t), ElementsAre("bounced 5.5.0", "bounced 5.0.0"));
}

TEST_F(TransactionTest, ASenselessReplyEndsTheSessionAndDefers) {
  struct Case {
    const char* why;
    std::vector<const char*> replies;
  };
  const Case cases[] = {
      {"go ahead for MAIL", {"354 go"}},
      {"go ahead for RCPT", {"250 ok", "250 ok", "354 go"}},
      {"done for DATA", {"250 ok", "250 ok", "250 ok", "250 done"}},
      {"farewell at MAIL", {"421 bye"}},
      {"farewell at RCPT", {"250 ok", "421 bye"}},
      {"farewell at DATA", {"250 ok", "250 ok", "250 ok", "421 bye"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    Transaction t = Begin();
    EXPECT_FALSE(TakeAll(t, c.replies));
    EXPECT_FALSE(t.wants_content());
    t.SettleRest(Deferred(Cause::kLost, "4.4.2", "gone"));
    for (const queue::Outcome& outcome : t.TakeOutcomes()) {
      EXPECT_EQ(outcome.kind, Kind::kDeferred);
    }
  }
}

TEST_F(TransactionTest, ARefusedResetDefers) {
  Transaction t = Begin({}, /*reset_first=*/true);
  EXPECT_FALSE(TakeAll(t, {"500 what"}));
  EXPECT_THAT(Summary(t), ElementsAre("deferred 4.5.0", "deferred 4.5.0"));
}

TEST_F(TransactionTest, AFarewellAsFinalReplyDeliversNobody) {
  Transaction t = Begin();
  TakeAll(t, {"250 ok", "250 ok", "250 ok", "354 go"});
  EXPECT_FALSE(t.TakeFinal({421, "4.3.0", "bye"}));
  EXPECT_THAT(Summary(t), ElementsAre("deferred 4.3.0", "deferred 4.3.0"));
}

// RFC 1870 section 6.1.
TEST_F(TransactionTest, ATooLargeMessageIsNotSentAtAll) {
  smtp::Extensions extensions = kAll;
  extensions.size_limit_bytes = 20;
  Transaction t = Begin(extensions);
  EXPECT_EQ(t.size(), 0u);
  EXPECT_THAT(Summary(t), ElementsAre("bounced 5.3.4", "bounced 5.3.4"));
}

// RFC 3461 section 5.2.1.
TEST_F(TransactionTest, PassesOnWhatTheSenderWantsToKnow) {
  parcel_.mail_dsn = " RET=HDRS ENVID=x";
  parcel_.rcpt_dsn = {"", " NOTIFY=NEVER"};
  const smtp::Extensions dsn = {.dsn = true};
  EXPECT_THAT(CommandsOf(Begin(dsn)),
              ElementsAre("MAIL FROM:<s@example.net> RET=HDRS ENVID=x\r\n",
                          "RCPT TO:<a@x>\r\n", "RCPT TO:<b@x> NOTIFY=NEVER\r\n",
                          "DATA\r\n"));
  EXPECT_EQ(CommandsOf(Begin(kAll))[0],
            "MAIL FROM:<s@example.net> SIZE=21 BODY=8BITMIME\r\n");
}

TEST_F(TransactionTest, TellsWhetherTheServerReportsFromNowOn) {
  for (const bool dsn : {false, true}) {
    Transaction t = Begin({.dsn = dsn});
    TakeAll(t, {"250 ok", "250 ok", "250 ok", "354 go"});
    t.TakeFinal({250, "2.0.0", "queued"});
    EXPECT_EQ(t.TakeOutcomes()[0].handover,
              dsn ? queue::Outcome::Handover::kPassedOn
                  : queue::Outcome::Handover::kRelayed);
  }
}

// RFC 6531; MTA-43.
TEST_F(TransactionTest, SaysSmtpUtf8OnlyForMailThatHasIt) {
  const smtp::Extensions utf8 = {.smtputf8 = true};
  EXPECT_EQ(CommandsOf(Begin(utf8))[0], "MAIL FROM:<s@example.net>\r\n");
  parcel_.smtputf8 = true;
  parcel_.recipients = {"j\xC3\xB6rg@b\xC3\xBC\x63her.example"};
  EXPECT_THAT(CommandsOf(Begin(utf8)),
              ElementsAre("MAIL FROM:<s@example.net> SMTPUTF8\r\n",
                          "RCPT TO:<j\xC3\xB6rg@b\xC3\xBC\x63her.example>\r\n",
                          "DATA\r\n"));
}

TEST_F(TransactionTest, WritesADomainInALabelsWithoutSmtpUtf8) {  // MTA-43
  parcel_.smtputf8 = true;
  parcel_.recipients = {"j\xC3\xB6rg@x", "a@b\xC3\xBC\x63her.example"};
  Transaction t = Begin();
  EXPECT_THAT(CommandsOf(t),
              ElementsAre("MAIL FROM:<s@example.net>\r\n",
                          "RCPT TO:<a@xn--bcher-kva.example>\r\n", "DATA\r\n"));
  TakeAll(t, {"250 ok", "250 ok", "354 go"});
  t.TakeFinal({250, "2.0.0", "queued"});
  EXPECT_THAT(Summary(t), ElementsAre("bounced 5.6.7", "sent 2.0.0"));
}

TEST_F(TransactionTest, FailsWhatNeedsSmtpUtf8WhereThereIsNone) {  // MTA-43
  parcel_.smtputf8 = true;
  EXPECT_EQ(Begin().size(), 4u);
  parcel_.has_utf8_header = true;
  Transaction header = Begin();
  EXPECT_EQ(header.size(), 0u);
  EXPECT_THAT(Summary(header), ElementsAre("bounced 5.6.7", "bounced 5.6.7"));
  parcel_.has_utf8_header = false;
  parcel_.sender = "j\xC3\xB6rg@x";
  Transaction sender = Begin();
  EXPECT_EQ(sender.size(), 0u);
  EXPECT_THAT(Summary(sender), ElementsAre("bounced 5.6.7", "bounced 5.6.7"));
}

// RFC 2033 section 4.2.
TEST_F(TransactionTest, LmtpHasAFinalReplyForEachAcceptedRecipient) {
  parcel_.recipients = {"a@x", "b@x", "c@x"};
  Transaction t = Begin();
  EXPECT_TRUE(
      TakeAll(t, {"250 ok", "250 ok", "550 5.1.1 no", "250 ok", "354 go"}));
  EXPECT_TRUE(t.TakeNextFinal(smtp::Reply::Parse("452 4.2.2 full").value()));
  EXPECT_TRUE(t.awaits_final());
  EXPECT_TRUE(t.TakeNextFinal(smtp::Reply::Parse("250 2.0.0 ok").value()));
  EXPECT_FALSE(t.awaits_final());
  const std::vector<queue::Outcome> outcomes = t.TakeOutcomes();
  EXPECT_EQ(outcomes[0].status, "4.2.2");
  EXPECT_EQ(outcomes[1].status, "5.1.1");
  EXPECT_EQ(outcomes[2].status, "2.0.0");
  EXPECT_EQ(outcomes[2].handover, queue::Outcome::Handover::kMailbox);
}

// RFC 8689 section 4.2.1.
TEST_F(TransactionTest, FailsWhatNeedsTlsWhereThereIsNone) {
  parcel_.requiretls = true;
  Transaction t = Begin();
  EXPECT_EQ(t.size(), 0u);
  EXPECT_THAT(Summary(t), ElementsAre("bounced 5.7.30", "bounced 5.7.30"));
  EXPECT_EQ(CommandsOf(Begin({.requiretls = true}))[0],
            "MAIL FROM:<s@example.net> REQUIRETLS\r\n");
}

// RFC 8689 section 5: a report is not lost for it.
TEST_F(TransactionTest, SendsAReportThatNeedsTlsAllTheSame) {
  parcel_.requiretls = true;
  parcel_.sender = "";
  EXPECT_EQ(CommandsOf(Begin())[0], "MAIL FROM:<>\r\n");
}

// MTA-33: nothing from an envelope can become a second command.
TEST_F(TransactionTest, AnAddressThatBreaksTheLineIsNeverSent) {
  const std::string long_address(1001, 'a');
  for (const absl::string_view bad :
       {absl::string_view("a@x>\r\nDATA\r\n"), absl::string_view("a\n@x"),
        absl::string_view("a\0@x", 4), absl::string_view("\xe4@x"),
        absl::string_view(long_address)}) {
    parcel_.sender = "s@example.net";
    parcel_.recipients = {bad, "b@x"};
    Transaction t = Begin();
    EXPECT_EQ(CommandsOf(t).size(), 3u);
    EXPECT_EQ(CommandsOf(t)[1], "RCPT TO:<b@x>\r\n");
    t.SettleRest(Deferred(Cause::kLost, "4.0.0", ""));
    EXPECT_THAT(Summary(t), ElementsAre("bounced 5.1.3", "deferred 4.0.0"));

    parcel_.sender = bad;
    Transaction sender = Begin();
    EXPECT_EQ(sender.size(), 0u);
    EXPECT_THAT(Summary(sender), ElementsAre("bounced 5.1.7", "bounced 5.1.7"));
  }
}

}  // namespace
}  // namespace postern::mta::outbound
