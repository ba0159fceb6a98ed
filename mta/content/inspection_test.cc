#include "mta/content/inspection.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::content {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Result {
  std::string content;
  Verdict verdict;
};

class InspectionTest : public ::testing::Test {
 protected:
  // Writes a table and returns it as "regexp:/path".
  std::string Table(const std::string& content) {
    const std::string path = absl::StrCat(dir_.path(), "/", tables_++);
    EXPECT_TRUE(WriteFile(path, content).ok());
    return "regexp:" + path;
  }

  void Configure(absl::string_view yaml) {
    config::v1::Mta config;
    const absl::Status loaded =
        config::Load(std::string(yaml), "mta.yaml", config);
    ASSERT_TRUE(loaded.ok()) << loaded;
    absl::StatusOr<Checks> checks =
        Checks::FromConfig(config, "mx.example.org", {});
    ASSERT_TRUE(checks.ok()) << checks.status();
    checks_ = std::make_unique<Checks>(*std::move(checks));
  }
  // The same with one list alone.
  void Configure(absl::string_view list, const std::string& table) {
    Configure(absl::StrCat(list, ": ['", Table(table), "']"));
  }

  net::Task<Result> Run(std::string own, std::string message, size_t step) {
    Inspection inspection(*checks_, meters_, {"session", "id"});
    Result result;
    co_await inspection.TakeOwn(own, result.content);
    for (absl::string_view rest = message; !rest.empty();) {
      const absl::string_view piece = rest.substr(0, step);
      rest.remove_prefix(piece.size());
      if (inspection.is_plain()) {
        result.content.append(piece.data(), piece.size());
      } else {
        co_await inspection.Take(piece, result.content);
      }
    }
    co_await inspection.Finish(result.content);
    result.verdict = inspection.verdict();
    co_return result;
  }

  // What becomes of a message, however it is cut.
  Result Inspect(const std::string& message, const std::string& own = "") {
    const Result whole = runtime_->BlockOn(Run(own, message, 10'000));
    for (const size_t step : {1, 2, 7}) {
      const Result cut = runtime_->BlockOn(Run(own, message, step));
      EXPECT_EQ(cut.verdict.refusal, whole.verdict.refusal);
      EXPECT_EQ(cut.verdict.actions.discard, whole.verdict.actions.discard);
      if (whole.verdict.refusal || whole.verdict.actions.discard) continue;
      EXPECT_EQ(cut.content, whole.content);
    }
    return whole;
  }

  const testing::TempDir dir_;
  int tables_ = 0;
  metrics::Registry registry_;
  Meters meters_{registry_};
  std::unique_ptr<Checks> checks_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

constexpr char kMessage[] =
    "Subject: one\r\n two\r\nTo: a@example.org\r\n\r\nhello\r\nworld\r\n";

TEST_F(InspectionTest, WithoutActionsAMessagePassesUnchanged) {
  Configure("");
  EXPECT_EQ(Inspect(kMessage, "Received: x\r\n").content,
            absl::StrCat("Received: x\r\n", kMessage));
  Configure("header_checks: ['static:DUNNO']\nbody_checks: ['static:OK']");
  EXPECT_EQ(Inspect(kMessage).content, kMessage);
  EXPECT_EQ(Inspect("Subject: no body\r\n").content, "Subject: no body\r\n");
  EXPECT_EQ(Inspect("\r\n\r\n").content, "\r\n\r\n");
  EXPECT_EQ(Inspect("").content, "");
}

TEST_F(InspectionTest, HeaderChecksSeeOneLogicalLineAtATime) {
  Configure("header_checks", "/^Subject: one. two$/ REJECT folded\n");
  EXPECT_EQ(Inspect(kMessage).verdict.refusal,
            (smtp::Reply{550, "5.7.1", "folded"}));
}

TEST_F(InspectionTest, ActionsOnAHeaderField) {
  struct Case {
    const char* action;
    const char* content;  // Instead of the Subject.
  };
  const Case cases[] = {
      {"IGNORE", ""},
      {"STRIP why", ""},
      {"REPLACE Subject: other", "Subject: other\r\n"},
      {"REPLACE Subject: [$1]", "Subject: [one\r\n two]\r\n"},
      {"PREPEND X-Seen: yes", "X-Seen: yes\r\nSubject: one\r\n two\r\n"},
      {"WARN why", "Subject: one\r\n two\r\n"},
      {"INFO", "Subject: one\r\n two\r\n"},
      {"DUNNO", "Subject: one\r\n two\r\n"},
      {"PASS", "Subject: one\r\n two\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.action);
    Configure("header_checks",
              absl::StrCat("/^Subject: (.*)$/ ", c.action, "\n"));
    const Result result = Inspect(kMessage);
    EXPECT_EQ(
        result.content,
        absl::StrCat(c.content, "To: a@example.org\r\n\r\nhello\r\nworld\r\n"));
    EXPECT_FALSE(result.verdict.refusal);
  }
}

TEST_F(InspectionTest, ActionsOnALineOfABody) {
  struct Case {
    const char* action;
    const char* content;  // Instead of the line.
  };
  const Case cases[] = {
      {"IGNORE", ""},
      {"REPLACE bye", "bye\r\n"},
      {"PREPEND any text", "any text\r\nhello\r\n"},
      {"INFO", "hello\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.action);
    Configure("body_checks", absl::StrCat("/^hello$/ ", c.action, "\n"));
    EXPECT_EQ(Inspect(kMessage).content,
              absl::StrCat("Subject: one\r\n two\r\nTo: a@example.org\r\n\r\n",
                           c.content, "world\r\n"));
  }
}

TEST_F(InspectionTest, ActionsOnTheWholeMessage) {
  Configure("header_checks",
            "/^Subject:/ REDIRECT b@example.org\n/^To:/ HOLD why\n");
  Result result = Inspect(kMessage);
  EXPECT_EQ(result.verdict.actions.redirect, "b@example.org");
  EXPECT_TRUE(result.verdict.actions.hold);
  EXPECT_EQ(result.content, kMessage);

  Configure("body_checks", "/^(hello|world)$/ BCC $1@example.org\n");
  EXPECT_THAT(Inspect(kMessage).verdict.actions.copies,
              ElementsAre("hello@example.org", "world@example.org"));

  Configure("header_checks", "/^Subject:/ DISCARD virus\n/./ REJECT\n");
  result = Inspect(kMessage);
  EXPECT_TRUE(result.verdict.actions.discard);
  EXPECT_FALSE(result.verdict.refusal);

  Configure("body_checks", "/^hello/ REJECT\n/./ DISCARD\n");
  result = Inspect(kMessage);
  EXPECT_EQ(result.verdict.refusal->ToString(),
            "550 5.7.1 message content rejected");
  EXPECT_FALSE(result.verdict.actions.discard);
}

TEST_F(InspectionTest, BlocksAndNegationsWorkAsInHeaderChecks) {
  Configure("header_checks",
            "if /^Subject:/\n!/three/ PREPEND X-A: no three\nendif\n"
            "if !/^Subject:/\n/^To:/ IGNORE\nendif\n");
  EXPECT_EQ(Inspect(kMessage).content,
            "X-A: no three\r\nSubject: one\r\n two\r\n\r\nhello\r\nworld\r\n");
}

TEST_F(InspectionTest, EmptyLinesNeverMatch) {
  Configure("body_checks", "/^$/ REJECT\n");
  EXPECT_FALSE(Inspect("\r\na\r\n\r\nb\r\n").verdict.refusal);
}

TEST_F(InspectionTest, ListsLookAtTheirOwnHeaders) {
  const std::string message =
      "Subject: outer\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
      "--x\r\nContent-Type: message/rfc822\r\nX-Part: 1\r\n\r\n"
      "Subject: inner\r\n\r\nSubject: text\r\n--x--\r\n";
  Configure(absl::StrCat(
      "header_checks: ['", Table("/./ INFO\n"), "']\nmime_header_checks: ['",
      Table("/^(X-Part|Subject)/ IGNORE\n"), "']\nnested_header_checks: ['",
      Table("/^Subject/ REPLACE Subject: nested\n"), "']\nbody_checks: ['",
      Table("/^Subject/ REPLACE body\n"), "']"));
  EXPECT_EQ(Inspect(message).content,
            "Subject: outer\r\nContent-Type: multipart/mixed; boundary=x\r\n"
            "\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
            "Subject: nested\r\n\r\nbody\r\n--x--\r\n");
}

TEST_F(InspectionTest, PassEndsTheChecksOfTheMessage) {
  Configure("header_checks", "/^Subject:/ PASS\n/./ REJECT\n");
  EXPECT_FALSE(Inspect(kMessage).verdict.refusal);
}

TEST_F(InspectionTest, OurOwnFieldsAreCheckedToo) {
  Configure("header_checks", "/^Received: ours/ IGNORE\n");
  EXPECT_EQ(
      Inspect(kMessage, "X-A: b\r\nReceived: ours\r\n\tby us\r\n").content,
      absl::StrCat("X-A: b\r\n", kMessage));
}

TEST_F(InspectionTest, OfLongBodyLinesEveryPieceIsChecked) {
  Configure(absl::StrCat("mime_boundary_length_limit: 70\nbody_checks: ['",
                         Table("/^b*$/ IGNORE\n/^c/ REPLACE d\n"), "']"));
  const std::string a(2048, 'a');
  const std::string b(2048, 'b');
  const std::string c(2048, 'c');
  EXPECT_EQ(Inspect("\r\n" + a + b + c + "bb\r\nend\r\n").content,
            "\r\n" + a + "d\r\nend\r\n");
}

TEST_F(InspectionTest, MTA27AFieldThatIsTooLongSharesTheFateOfItsBeginning) {
  const std::string field = "A: " + std::string(3000, 'a') + "\r\n b\r\n";
  for (const char* action : {"IGNORE", "REPLACE A: b", "INFO"}) {
    Configure(absl::StrCat("header_size_limit: 1000\nheader_checks: ['",
                           Table(absl::StrCat("/^A:/ ", action, "\n")), "']"));
    const std::string content = Inspect(field + "\r\nbody\r\n").content;
    const bool is_info = action == std::string("INFO");
    EXPECT_EQ(content.size(), is_info ? field.size() + 8
                              : action == std::string("IGNORE") ? 8u
                                                                : 14u)
        << action;
  }
}

TEST_F(InspectionTest, MTA27PartsThatAreNestedTooDeeplyAreRefused) {
  Configure("mime_nesting_limit: 2\nbody_checks: ['inline:{a=INFO}']");
  std::string message;
  for (const char* boundary : {"1", "2"}) {
    absl::StrAppend(&message,
                    "Content-Type: multipart/mixed; boundary=", boundary,
                    "\r\n\r\n--", boundary, "\r\n");
  }
  EXPECT_FALSE(Inspect(message + "\r\ntext\r\n").verdict.refusal);
  absl::StrAppend(&message,
                  "Content-Type: multipart/mixed; boundary=3\r\n\r\nx\r\n");
  EXPECT_EQ(Inspect(message).verdict.refusal->ToString(),
            "550 5.6.0 message parts are nested too deeply");
  Configure("mime_nesting_limit: 2");  // Nobody looks at parts.
  EXPECT_FALSE(Inspect(message).verdict.refusal);
}

TEST_F(InspectionTest, AnswersThatMakeNoSenseDeferTheMessage) {
  for (const std::string& table :
       {std::string("fail:away"), Table("/^Subject: (.*)/ REDIRECT $1\n")}) {
    SCOPED_TRACE(table);
    Configure(absl::StrCat("header_checks: ['", table, "']"));
    EXPECT_EQ(Inspect(kMessage).verdict.refusal->code, 451);
  }
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_content_failed_checks_total 8"));
}

TEST_F(InspectionTest, INJ06ForgedResultsAreRemovedFromTheHeader) {
  Configure("authserv_id: id.example.org");
  const std::string forged =
      "Authentication-Results: id.example.org;\r\n spf=pass\r\n";
  const std::string theirs = "Authentication-Results: a.example; spf=pass\r\n";
  // The first of them is ours, as a policy service has it put in.
  EXPECT_EQ(Inspect(absl::StrCat(forged, "A: b\r\n", forged, theirs, forged,
                                 "\r\n", forged),
                    forged)
                .content,
            absl::StrCat(forged, "A: b\r\n", theirs, "\r\n", forged));
}

TEST_F(InspectionTest, INJ07AllForgedResultsAreRemoved) {
  Configure("");
  std::string message;
  for (int i = 0; i < 50; ++i) {
    message += "Authentication-Results: mx.example.org 1; none\r\n";
  }
  EXPECT_EQ(Inspect(message + "\r\nbody\r\n").content, "\r\nbody\r\n");
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_content_forged_results_total 200"));
}

TEST_F(InspectionTest, INJ06NoForgedResultHidesBehindALineThatIsNoField) {
  Configure("");
  const std::string forged = "Authentication-Results: mx.example.org; a=b\r\n";
  EXPECT_EQ(Inspect("A: b\r\nno field\r\n" + forged).content,
            "A: b\r\n\r\nno field\r\n" + forged);
  EXPECT_EQ(Inspect("From a Mon Jan 1\r\n" + forged + "A: b\r\n\r\n").content,
            "X-Mailbox-Line: From a Mon Jan 1\r\nA: b\r\n\r\n");
  EXPECT_EQ(Inspect(">From a\r\n\r\n").content,
            "X-Mailbox-Line: >From a\r\n\r\n");
  EXPECT_EQ(Inspect("From: a\r\n\r\n").content, "From: a\r\n\r\n");
}

TEST_F(InspectionTest, FROM02AContinuationOfNothingIsNotPartOfOurFields) {
  Configure("");
  EXPECT_EQ(Inspect(" From: a\r\nTo: b\r\n", "Received: x\r\n").content,
            "Received: x\r\n\r\n From: a\r\nTo: b\r\n");
}

}  // namespace
}  // namespace postern::mta::content
