#include "dkimd/transaction.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "dkimd/test_filter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

using milter::Change;
using milter::Verdict;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kResults[] = "Authentication-Results";

TEST(TransactionTest, MailOfOurOwnIsSignedWithEveryKeyAndVerifies) {
  TestFilter dkimd;
  const milter::Changes changes = dkimd.Send(dkimd.Inside(), kTestMessage);
  ASSERT_THAT(changes.list(), SizeIs(2));
  for (const Change& change : changes.list()) {
    EXPECT_EQ(change.kind, Change::Kind::kInsertHeader);
    EXPECT_EQ(change.index, 0u);
    EXPECT_EQ(change.name, "DKIM-Signature");
    EXPECT_THAT(change.value, HasSubstr("d=falcot.com"));
  }
  const std::string results =
      dkimd.ResultsOf(dkimd.Applied(changes, kTestMessage));
  EXPECT_THAT(results,
              AllOf(StartsWith(" mx.falcot.com;"),
                    ContainsRegex("dkim=pass .2048-bit key.[^;]*header.s=rsa"),
                    ContainsRegex("dkim=pass [^;]*header.s=ed[[:space:]]")));
  EXPECT_THAT(dkimd.metrics(), HasSubstr("postern_dkimd_signatures_total 2"));
}

// DK-12.
TEST(TransactionTest, ChunksMayBeCutAnywhere) {
  TestFilter dkimd;
  const std::string message =
      "From: a@falcot.com\r\n\r\n  a \t b \r\n\r\n\r\nc\r\n\r\n";
  const std::string text =
      dkimd.Applied(dkimd.Send(dkimd.Inside(), message, /*step=*/1), message);
  for (const size_t step : {1, 2, 3, 1000}) {
    const std::string results =
        TestFilter::Inserted(dkimd.Send(dkimd.Outside(), text, step), kResults);
    EXPECT_THAT(results,
                AllOf(HasSubstr("dkim=pass"), Not(HasSubstr("dkim=fail"))))
        << step;
  }
}

// DK-05.
TEST(TransactionTest, NothingCanBeAddedToTheHeader) {
  TestFilter dkimd;
  const std::string text = dkimd.Signed(kTestMessage);
  for (const char* field : {"Subject: other\r\n", "Reply-To: a@b.example\r\n",
                            "Content-Type: text/html\r\n"}) {
    EXPECT_THAT(dkimd.ResultsOf(field + text), Not(HasSubstr("dkim=pass")))
        << field;
  }
}

TEST(TransactionTest, AChangedMessageIsAFinding) {
  TestFilter dkimd(
      "signing: {domains: [$DOMAIN]}\n"
      "verification: {on_bad_signature: quarantine}");
  const std::string changed = dkimd.Signed(kTestMessage) + "more\r\n";
  const milter::Changes changes = dkimd.Send(dkimd.Outside(), changed);
  EXPECT_THAT(TestFilter::Inserted(changes, kResults),
              AllOf(HasSubstr("dkim=fail"), Not(HasSubstr("dkim=pass"))));
  EXPECT_EQ(changes.list().back().kind, Change::Kind::kQuarantine);
  EXPECT_THAT(dkimd.metrics(),
              AllOf(HasSubstr("postern_dkimd_findings_total{finding=\"bad_"
                              "signature\"} 1"),
                    HasSubstr("postern_dkimd_actions_total{action="
                              "\"quarantine\"} 1")));
}

TEST(TransactionTest, EachFindingHasItsAction) {
  TestFilter dkimd(
      "signing: {domains: [$DOMAIN]}\n"
      "verification: {on_dns_error: tempfail, on_key_not_found: reject, "
      "on_no_signature: discard, on_signature_error: reject}");
  const std::string text = dkimd.Signed(kTestMessage);
  EXPECT_EQ(dkimd.Send(dkimd.Outside(), kTestMessage).verdict.kind,
            Verdict::Kind::kDiscard);
  EXPECT_EQ(dkimd
                .Send(dkimd.Outside(),
                      "DKIM-Signature: v=2\r\n" + std::string(kTestMessage))
                .verdict.enhanced_code,
            "5.7.20");
  EXPECT_FALSE(dkimd.Send(dkimd.Outside(), text).verdict.refuses());
  // Keys that were found are kept for an hour.
  dkimd.clock().Advance(absl::Hours(2));
  dkimd.dns().Reset(
      "_domainkey.falcot.com SERVFAIL\n"
      "rsa._domainkey.falcot.com SERVFAIL\n"
      "ed._domainkey.falcot.com SERVFAIL\n");
  EXPECT_EQ(dkimd.Send(dkimd.Outside(), text).verdict.code, 451);
  dkimd.dns().Reset("");
  EXPECT_EQ(dkimd.Send(dkimd.Outside(), text).verdict.code, 550);
}

// INJ-14.
TEST(TransactionTest, AHeaderWithoutEndIsNoVerdict) {
  TestFilter dkimd(
      "signing: {domains: [$DOMAIN]}\n"
      "verification: {on_internal_error: tempfail}");
  std::string header;
  for (int i = 0; i < 2000; ++i) {
    header += "X: " + std::string(1000, 'x') + "\r\n";
  }
  const std::string text = dkimd.Signed(kTestMessage);
  EXPECT_EQ(dkimd.Send(dkimd.Outside(), header + text).verdict.code, 451);
  EXPECT_THAT(dkimd.metrics(), HasSubstr("{finding=\"internal_error\"} 1"));
}

TEST(TransactionTest, InMonitorModeNobodyIsRefused) {
  TestFilter dkimd("mode: monitor\nverification: {on_no_signature: reject}");
  EXPECT_FALSE(dkimd.Send(dkimd.Outside(), kTestMessage).verdict.refuses());
  EXPECT_THAT(dkimd.metrics(),
              HasSubstr("postern_dkimd_actions_total{action=\"reject\"} 1"));
}

// INJ-06, INJ-07: whatever is done with the message.
TEST(TransactionTest, ForgedResultsAreRemovedBeforeOursAreAdded) {
  TestFilter dkimd;
  const std::string forged =
      "Authentication-Results: mx.falcot.com; dkim=pass\r\n"
      "Authentication-Results: other.example; dkim=pass\r\n"
      "Authentication-Results: (x) MX.falcot.COM 1; dkim=pass\r\n";
  const milter::Changes changes =
      dkimd.Send(dkimd.Outside(), forged + dkimd.Signed(kTestMessage));
  ASSERT_THAT(changes.list(), SizeIs(3));
  EXPECT_EQ(changes.list()[0].kind, Change::Kind::kChangeHeader);
  EXPECT_EQ(changes.list()[0].index, 3u);
  EXPECT_EQ(changes.list()[1].index, 1u);
  EXPECT_EQ(changes.list()[2].kind, Change::Kind::kInsertHeader);
  EXPECT_EQ(changes.list()[2].index, 0u);
  const milter::Changes signed_mail =
      dkimd.Send(dkimd.Inside(), forged + kTestMessage);
  EXPECT_EQ(signed_mail.list()[0].index, 3u);
  EXPECT_EQ(signed_mail.list()[1].index, 1u);
}

TEST(TransactionTest, MailWithoutASignatureGetsNoneIfWanted) {
  EXPECT_THAT(TestFilter().ResultsOf(kTestMessage), IsEmpty());
  TestFilter dkimd(
      "results: {always_add_header: true, authserv_id_with_job_id: true}");
  EXPECT_EQ(dkimd.ResultsOf(kTestMessage),
            " \"mx.falcot.com/4Q\";\r\n\tdkim=none");
}

// FROM-17.
TEST(TransactionTest, ALoginIsNotSignedForAnotherAuthor) {
  const std::string yaml =
      "signing: {domains: [$DOMAIN]}\n"
      "clients: {login_authors: 'inline:{{raphael = falcot.com}}', "
      "on_forbidden_author: reject}\n";
  TestFilter dkimd(yaml);
  milter::Envelope envelope = TestFilter::Outside();
  envelope.macros.Set("auth_authen", "raphael");
  EXPECT_THAT(TestFilter::Inserted(dkimd.Send(envelope, kTestMessage),
                                   "DKIM-Signature"),
              HasSubstr("d=falcot.com"));
  envelope.macros.Set("auth_authen", "mallory");
  const milter::Changes changes = dkimd.Send(envelope, kTestMessage);
  EXPECT_THAT(TestFilter::Inserted(changes, "DKIM-Signature"), IsEmpty());
  EXPECT_EQ(changes.verdict.code, 550);
  envelope.macros.Set("auth_authen", "raphael");
  for (const char* from : {"From: a@falcot.com, b@example.org\r\n\r\n",
                           "From: a@falcot.com\r\nFrom: a@falcot.com\r\n\r\n",
                           "Subject: nobody\r\n\r\n"}) {
    const milter::Changes doubtful = dkimd.Send(envelope, from);
    EXPECT_THAT(TestFilter::Inserted(doubtful, "DKIM-Signature"), IsEmpty());
    EXPECT_EQ(doubtful.verdict.code, 550) << from;
  }
}

TEST(TransactionTest, MailOfOurOwnWithoutAKeyIsVerified) {
  TestFilter dkimd;
  const milter::Changes changes =
      dkimd.Send(dkimd.Inside(), "From: a@example.org\r\n\r\nx\r\n");
  EXPECT_THAT(changes.list(), IsEmpty());
  EXPECT_THAT(dkimd.metrics(),
              HasSubstr("postern_dkimd_messages_total{reason=\"no_key\",work="
                        "\"verify\"} 1"));
}

TEST(TransactionTest, SomeRecipientsGetNoSignature) {
  TestFilter dkimd(
      "signing: {domains: [$DOMAIN], dont_sign_mail_to: example.org}");
  EXPECT_THAT(dkimd.Send(dkimd.Inside(), kTestMessage).list(), IsEmpty());
}

TEST(TransactionTest, OldSignaturesAreRemovedIfWanted) {
  TestFilter dkimd(
      "signing: {domains: [$DOMAIN], remove_old_signatures: true}");
  const milter::Changes changes =
      dkimd.Send(dkimd.Inside(), "DKIM-Signature: a\r\ndkim-signature: b\r\n" +
                                     std::string(kTestMessage));
  ASSERT_THAT(changes.list(), SizeIs(4));
  EXPECT_EQ(changes.list()[0].index, 2u);
  EXPECT_EQ(changes.list()[1].index, 1u);
  EXPECT_EQ(changes.list()[2].kind, Change::Kind::kInsertHeader);
}

TEST(TransactionTest, MailWhoseKeyIsGoneWaits) {
  TestFilter dkimd(
      "signing: {signing_table: 'csl:falcot.com=k', key_table: "
      "'csl:k=%:s:$KEYS/%/missing.private'}");
  const milter::Changes changes = dkimd.Send(dkimd.Inside(), kTestMessage);
  EXPECT_EQ(changes.verdict.code, 451);
  EXPECT_THAT(changes.list(), IsEmpty());
}

// DK-13.
TEST(TransactionTest, MailThatWouldBreakOnTheWayIsNotSigned) {
  TestFilter dkimd("signing: {domains: [$DOMAIN], on_unsignable: reject}");
  const milter::Changes changes =
      dkimd.Send(dkimd.Inside(), "From: a@falcot.com\r\n\r\na\rb\r\n");
  EXPECT_THAT(changes.list(), IsEmpty());
  EXPECT_EQ(changes.verdict.enhanced_code, "5.6.0");
}

// DK-14.
TEST(TransactionTest, ASignatureThatIsSeenTooOftenIsAFinding) {
  TestFilter dkimd(
      "signing: {domains: [$DOMAIN]}\nreplay: {threshold: 3, action: "
      "tempfail}");
  const std::string text = dkimd.Signed(kTestMessage);
  EXPECT_FALSE(dkimd.Send(dkimd.Outside(), text).verdict.refuses());
  EXPECT_FALSE(dkimd.Send(dkimd.Outside(), text).verdict.refuses());
  EXPECT_EQ(dkimd.Send(dkimd.Outside(), text).verdict.code, 451);
  dkimd.clock().Advance(absl::Hours(1));
  EXPECT_FALSE(dkimd.Send(dkimd.Outside(), text).verdict.refuses());
}

TEST(TransactionTest, ExemptDomainsAreLetBe) {
  TestFilter dkimd(
      "signing: {domains: [$DOMAIN]}\nclients: {exempt_domains: falcot.com}");
  EXPECT_THAT(dkimd.Send(dkimd.Inside(), kTestMessage).list(), IsEmpty());
}

TEST(TransactionTest, ALineTellsWhatWasDone) {
  TestFilter dkimd;
  ::testing::internal::CaptureStdout();
  const std::string text = dkimd.Signed(kTestMessage);
  EXPECT_THAT(
      ::testing::internal::GetCapturedStdout(),
      HasSubstr("event=signed queue_id=4Q reason=internal finding=good "
                "action=accept signatures=\"falcot.com/rsa, falcot.com/ed\" "
                "author_domain=falcot.com"));
  ::testing::internal::CaptureStdout();
  dkimd.ResultsOf(text);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              AllOf(HasSubstr("event=verified queue_id=4Q reason=external "
                              "finding=good action=accept signatures=\"pass "
                              "falcot.com/rsa, pass falcot.com/ed\""),
                    HasSubstr("event=outside_client_uses_our_domain")));
}

}  // namespace
}  // namespace postern::dkimd
