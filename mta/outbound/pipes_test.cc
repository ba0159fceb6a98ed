#include "mta/outbound/pipes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PipesTest : public ::testing::Test {
 protected:
  PipesTest() : pipe_(*config_.mutable_routing()->add_pipe()) {
    config_.set_recipient_delimiter("+");
    config_.mutable_queue()->set_directory(dir_.path());
    pipe_.set_name("agent");
    pipe_.set_user("nobody");
    pipe_.set_directory("/");
    pipe_.set_null_sender("MAILER-DAEMON");
    pipe_.set_eol("\\n");
    pipe_.mutable_time_limit()->set_seconds(30);
    pipe_.set_destination_recipient_limit(50);
    pipe_.set_destination_concurrency_limit(5);
    Argv({"/bin/cat"});
  }

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  }

  void Argv(const std::vector<std::string>& words) {
    pipe_.mutable_argv()->Assign(words.begin(), words.end());
  }

  // Has the command say all that it got, as the text of a failure.
  void Echo(const std::string& words) {
    Argv({"/bin/sh", "-c", absl::StrCat("printf '[%s]' \"$$@\"; cat; exit 69"),
          "sh", words});
  }

  std::vector<std::string> Deliver(const std::vector<std::string>& to,
                                   const std::string& sender = "s@y.example") {
    pipes_ = Pipes::Create(config_, drain_).value();
    spool::v1::Envelope envelope;
    std::vector<size_t> indexes;
    for (const std::string& address : to) {
      indexes.push_back(envelope.recipients_size());
      envelope.add_recipients()->set_address(address);
    }
    const TextContent content(text_);
    const queue::Errand errand = {"4711", envelope, content};
    const PipeJob job = {errand, sender, "hop", indexes, absl::Now()};
    std::vector<std::string> texts;
    for (const queue::Outcome& o :
         runtime_->BlockOn(pipes_->Deliver("agent", job))) {
      texts.push_back(absl::StrCat(o.status, " ", o.reply));
    }
    return texts;
  }

  absl::Status Create() { return Pipes::Create(config_, drain_).status(); }

  testing::TempDir dir_;
  config::v1::Mta config_;
  config::v1::PipeTransport& pipe_;
  std::string text_ = "Return-Path: <forged@x>\r\nA: b\r\n\r\n.c\r\nFrom d\r\n";
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain_;
  std::unique_ptr<Pipes> pipes_;
};

TEST_F(PipesTest, TheCommandGetsTheMessageAndItsWords) {
  EXPECT_THAT(Deliver({"a@b.example"}),
              ElementsAre("2.0.0 delivered via agent service"));
  Echo("${user}/${extension}/${domain}/${sender}/${nexthop}/${queue_id}");
  EXPECT_THAT(
      Deliver({"anna+x@b.example"}),
      ElementsAre("5.3.0 service unavailable. Command output: "
                  "[anna/x/b.example/s@y.example/hop/4711]A: b??.c?From d?"));
}

TEST_F(PipesTest, ManyRecipientsShareACommandUpToItsLimit) {
  pipe_.set_destination_recipient_limit(2);
  Echo("${mailbox}");
  EXPECT_THAT(Deliver({"a@b.example", "b@b.example", "c@b.example"}),
              ElementsAre(HasSubstr("[a][b]A: b"), HasSubstr("[a][b]A: b"),
                          HasSubstr("[c]A: b")));
}

TEST_F(PipesTest, TheFlagsSayWhatStandsInFront) {
  pipe_.set_destination_recipient_limit(1);
  pipe_.set_flags("DFORB.>");
  pipe_.set_eol("\\r\\n");
  Echo("x");
  EXPECT_THAT(
      Deliver({"a@b.example"}, "").front(),
      AllOf(HasSubstr("[x]From MAILER-DAEMON  "),
            HasSubstr("??Return-Path: <MAILER-DAEMON>??X-Original-To: "
                      "a@b.example??Delivered-To: a@b.example??A: b????..c??"
                      ">From d????")));
}

TEST_F(PipesTest, FlagsFoldAndQuoteAddresses) {
  Echo("${recipient}");
  EXPECT_THAT(Deliver({"\"A b\"@B.example"}).front(),
              HasSubstr("[A b@B.example]"));
  pipe_.set_flags("hqu");
  EXPECT_THAT(Deliver({"\"A b\"@B.example"}).front(),
              HasSubstr("[\"a b\"@b.example]"));
}

TEST_F(PipesTest, ALoopEndsAtDeliveredTo) {
  pipe_.set_destination_recipient_limit(1);
  pipe_.set_flags("D");
  text_ = "Delivered-To: a@b.example\r\n\r\nx\r\n";
  EXPECT_THAT(Deliver({"a@b.example"}),
              ElementsAre("5.4.6 mail forwarding loop for a@b.example"));
}

TEST_F(PipesTest, AMessageMayBeTooLarge) {
  pipe_.set_size(10);
  EXPECT_THAT(Deliver({"a@b.example"}),
              ElementsAre(StartsWith("5.2.3 message size ")));
}

TEST_F(PipesTest, WhatTheCommandSaysCountsMoreThanItsCode) {
  Argv({"/bin/sh", "-c", "echo 4.2.2 mailbox is full; exit 67"});
  EXPECT_THAT(Deliver({"a@b.example"}),
              ElementsAre("4.2.2 user unknown. Command output: 4.2.2 mailbox "
                          "is full?"));
  Argv({"/bin/sh", "-c", "exit 75"});
  EXPECT_THAT(Deliver({"a@b.example"}), ElementsAre("4.3.0 temporary failure"));
}

// MTA-33.
TEST_F(PipesTest, AnAddressIsNoOption) {
  Argv({"/bin/echo", "${recipient}"});
  EXPECT_THAT(Deliver({"-n@b.example"}),
              ElementsAre("5.1.3 $recipient begins with \"-\""));
}

// MTA-33.
TEST_F(PipesTest, RunsAsItsOwnUserInItsFolderWithoutAnythingOfOurs) {
  ::setenv("SECRET", "s3cret", 1);
  pipe_.set_directory("/usr");
  Argv({"/bin/sh", "-c", "id -un; pwd; env; exit 69"});
  EXPECT_THAT(Deliver({"a@b.example"}).front(),
              AllOf(HasSubstr("Command output: nobody?/usr?"),
                    ::testing::Not(HasSubstr("s3cret"))));
}

TEST_F(PipesTest, ATransportThatIsGoneKeepsTheMail) {
  pipes_ = Pipes::Create(config_, drain_).value();
  spool::v1::Envelope envelope;
  envelope.add_recipients()->set_address("a@b.example");
  const TextContent content(text_);
  const queue::Errand errand = {"4711", envelope, content};
  const PipeJob job = {errand, "s@y", "", {0}, absl::Now()};
  EXPECT_EQ(runtime_->BlockOn(pipes_->Deliver("other", job)).front().status,
            "4.3.5");
}

TEST_F(PipesTest, NamesTheFieldAtFault) {
  const auto expect = [this](const std::string& field) {
    EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument,
                                   StartsWith("routing.pipe." + field +
                                              ": of \"agent\"")));
  };
  pipe_.set_user("root");
  expect("user");
  pipe_.set_user("no-such-user");
  expect("user");
  pipe_.set_user("nobody");
  ASSERT_EQ(::chown(dir_.path().c_str(), 65534, 65534), 0);
  expect("user");  // The owner of the queue.
  ASSERT_EQ(::chown(dir_.path().c_str(), 0, 0), 0);
  Argv({"cat"});
  expect("argv");
  Argv({"/bin/cat", "${nothing}"});
  expect("argv");
  Argv({"/bin/cat"});
  pipe_.set_flags("Z");
  expect("flags");
  pipe_.set_flags("D");  // And 50 recipients.
  expect("flags");
  pipe_.set_flags("");
  pipe_.set_eol("x");
  expect("eol");
}

}  // namespace
}  // namespace postern::mta::outbound
