#include "mta/rewriting/rewriter.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/smtp/reply.h"

namespace postern::mta::rewriting {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

class RewriterTest : public ::testing::Test {
 protected:
  RewriterTest() {
    config_.set_myorigin("example.org");
    config_.set_append_at_myorigin(true);
    config_.set_enable_original_recipient(true);
    config_.add_virtual_alias_maps(
        "inline:{ {a@x.example = c@y.example} {b@x.example = c@y.example} }");
    for (const char* place : {"envelope_sender", "envelope_recipient"}) {
      config_.add_canonical_classes(place);
    }
  }

  absl::Status Rewrite(const std::vector<std::string>& recipients,
                       const std::string& sender = "s@z.example") {
    envelope_.Clear();
    envelope_.set_sender(sender);
    for (const std::string& recipient : recipients) {
      envelope_.add_recipients()->set_address(recipient);
    }
    const auto book = AddressBook::Open(config_).value();
    const auto rewriter = Rewriter::Open(config_, book).value();
    return runtime_->BlockOn(rewriter->Rewrite(envelope_));
  }

  // "a@x<given": the recipients with what they were.
  std::string Recipients() const {
    std::vector<std::string> all;
    for (const spool::v1::Recipient& recipient : envelope_.recipients()) {
      all.push_back(recipient.given_address().empty()
                        ? recipient.address()
                        : absl::StrCat(recipient.address(), "<",
                                       recipient.given_address()));
    }
    return absl::StrJoin(all, " ");
  }

  config::v1::Mta config_;
  spool::v1::Envelope envelope_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(RewriterTest, ARecipientKeepsWhatItWas) {
  ASSERT_THAT(Rewrite({"a@x.example", "d@x.example"}), IsOk());
  EXPECT_EQ(Recipients(), "c@y.example<a@x.example d@x.example");
  EXPECT_EQ(envelope_.recipients(0).original_recipient(), "rfc822;a@x.example");
  EXPECT_EQ(envelope_.recipients(1).original_recipient(), "");
}

TEST_F(RewriterTest, WhatTheSenderAskedForIsTakenAlong) {
  spool::v1::Recipient recipient;
  ASSERT_THAT(Rewrite({}), IsOk());
  recipient.set_address("a@x.example");
  recipient.set_notify_success(true);
  recipient.set_original_recipient("rfc822;old@x");
  *envelope_.add_recipients() = recipient;
  const auto book = AddressBook::Open(config_).value();
  const auto rewriter = Rewriter::Open(config_, book).value();
  ASSERT_THAT(runtime_->BlockOn(rewriter->Rewrite(envelope_)), IsOk());
  EXPECT_TRUE(envelope_.recipients(0).notify_success());
  EXPECT_EQ(envelope_.recipients(0).original_recipient(), "rfc822;old@x");
}

TEST_F(RewriterTest, TwoWaysToOneRecipientAreTwoCopiesOrOne) {
  ASSERT_THAT(Rewrite({"a@x.example", "b@x.example", "A@x.example"}), IsOk());
  EXPECT_EQ(Recipients(), "c@y.example<a@x.example c@y.example<b@x.example");
  config_.set_enable_original_recipient(false);
  ASSERT_THAT(Rewrite({"a@x.example", "b@x.example"}), IsOk());
  EXPECT_EQ(Recipients(), "c@y.example<a@x.example");
}

TEST_F(RewriterTest, CopiesGoToThoseWhoGetOne) {
  config_.set_always_bcc("archive");
  config_.add_sender_bcc_maps("inline:{ {s@z.example = sent@z.example} }");
  config_.add_recipient_bcc_maps("inline:{ {@x.example = got@z.example} }");
  ASSERT_THAT(Rewrite({"d@x.example", "e@x.example", "f@y.example"}), IsOk());
  EXPECT_EQ(Recipients(),
            "d@x.example e@x.example f@y.example sent@z.example "
            "archive@example.org got@z.example");
  EXPECT_FALSE(envelope_.recipients(0).notify_never());
  EXPECT_TRUE(envelope_.recipients(5).notify_never());
  // Of reports there are none.
  envelope_.Clear();
  envelope_.set_to_be_rewritten(true);
  envelope_.add_recipients()->set_address("a@x.example");
  const auto book = AddressBook::Open(config_).value();
  const auto rewriter = Rewriter::Open(config_, book).value();
  ASSERT_THAT(runtime_->BlockOn(rewriter->Rewrite(envelope_)), IsOk());
  EXPECT_EQ(Recipients(), "c@y.example<a@x.example");
}

TEST_F(RewriterTest, TheSenderIsRewrittenTooButNotTheNullSender) {
  config_.add_canonical_maps("inline:{ {s@z.example = S.T@z.example} }");
  ASSERT_THAT(Rewrite({"d@x.example"}), IsOk());
  EXPECT_EQ(envelope_.sender(), "S.T@z.example");
  ASSERT_THAT(Rewrite({"d@x.example"}, ""), IsOk());
  EXPECT_EQ(envelope_.sender(), "");
}

TEST_F(RewriterTest, AFailureLeavesTheEnvelopeAsItWas) {
  config_.add_recipient_bcc_maps("fail:away");
  const absl::Status status = Rewrite({"a@x.example"});
  EXPECT_EQ(smtp::ReplyFor(status).ToString(),
            "451 4.3.0 Temporary lookup failure");
  EXPECT_EQ(Recipients(), "a@x.example");
}

TEST_F(RewriterTest, NamesTheFieldAtFault) {
  config_.set_always_bcc("a b");
  const auto book = AddressBook::Open(config_).value();
  EXPECT_THAT(Rewriter::Open(config_, book).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// RFC 3461 section 5.2.7.
TEST_F(RewriterTest, AReportOfSuccessIsAskedForOnceAnAlias) {
  config_.add_mydestination("here.example");
  config_.add_alias_maps(
      "inline:{ {one = a@y} {many = a@y, b@y} {list = a@y} {owner-list = o} "
      "{mixed = list@here.example, b@y} }");
  const auto book = AddressBook::Open(config_).value();
  const auto rewriter = Rewriter::Open(config_, book).value();
  // The recipients, with what is asked for: Success, Failure, Delay, Never,
  // Original recipient; and what became of those that stand for others.
  const auto rewrite = [&](const std::string& to, bool success, bool failure) {
    envelope_.Clear();
    envelope_.set_sender("s@z.example");
    spool::v1::Recipient& recipient = *envelope_.add_recipients();
    recipient.set_address(to);
    recipient.set_notify_success(success);
    recipient.set_notify_failure(failure);
    recipient.set_original_recipient("rfc822;old@x");
    EXPECT_THAT(runtime_->BlockOn(rewriter->Rewrite(envelope_)), IsOk());
    const char* fates[] = {"", "=alias", "=list"};
    std::string all;
    for (const spool::v1::Recipient& r : envelope_.recipients()) {
      absl::StrAppend(&all, r.address(), " ", r.notify_success() ? "S" : "",
                      r.notify_failure() ? "F" : "",
                      r.notify_never() ? "N" : "",
                      r.original_recipient().empty() ? "" : "O",
                      fates[r.expansion()], "; ");
    }
    return all;
  };
  EXPECT_EQ(rewrite("one@here.example", true, true), "a@y SFO; ");
  EXPECT_EQ(rewrite("many@here.example", true, true),
            "a@y FO; b@y FO; many@here.example SFO=alias; ");
  EXPECT_EQ(rewrite("many@here.example", true, false),
            "a@y NO; b@y NO; many@here.example SO=alias; ");
  EXPECT_EQ(rewrite("many@here.example", false, true), "a@y FO; b@y FO; ");
  EXPECT_EQ(rewrite("list@here.example", true, false),
            "a@y ; list@here.example SO=list; ");
  EXPECT_EQ(rewrite("list@here.example", false, true), "a@y ; ");
  EXPECT_EQ(rewrite("mixed@here.example", true, true),
            "b@y FO; a@y ; mixed@here.example SFO=alias; ");
}

TEST_F(RewriterTest, FilesAndCommandsOfOneAliasAreCopiesOfTheirOwn) {
  config_.add_mydestination("here.example");
  config_.add_allow_mail_to_files("alias");
  config_.add_allow_mail_to_commands("alias");
  config_.add_alias_maps("inline:{ {a = /x, /y, /x, |/bin/z} }");
  ASSERT_THAT(Rewrite({"a@here.example"}), IsOk());
  ASSERT_EQ(envelope_.recipients_size(), 3);
  EXPECT_EQ(envelope_.recipients(0).address(), "a@here.example");
  EXPECT_EQ(envelope_.recipients(0).file(), "/x");
  EXPECT_EQ(envelope_.recipients(1).file(), "/y");
  EXPECT_EQ(envelope_.recipients(2).file(), "");
  EXPECT_EQ(envelope_.recipients(2).command(), "/bin/z");
}

}  // namespace
}  // namespace postern::mta::rewriting
