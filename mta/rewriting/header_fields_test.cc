#include "mta/rewriting/header_fields.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::rewriting {
namespace {

class HeaderFieldsTest : public ::testing::Test {
 protected:
  HeaderFieldsTest() {
    config_.set_myorigin("example.org");
    config_.set_append_at_myorigin(true);
    config_.add_canonical_maps("inline:{ {a@example.org = A.B@x.example} }");
    config_.add_canonical_classes("header_sender");
    book_ = AddressBook::Open(config_).value();
    canonical_ = Canonical::Open(config_, book_).value();
    facts_.queue_id = "4711";
    facts_.myhostname = "mx.example.org";
    facts_.sender = "s@y.example";
    facts_.now = absl::FromUnixSeconds(1'700'000'000);
  }

  std::string Rewrite(const std::string& field) {
    HeaderFields header(*canonical_, facts_);
    return runtime_->BlockOn(header.Rewrite(field)).value();
  }

  std::string MissingAfter(const std::vector<std::string>& fields) {
    HeaderFields header(*canonical_, facts_);
    for (const std::string& field : fields) header.NoteField(field);
    return header.Missing();
  }

  config::v1::Mta config_;
  std::shared_ptr<const AddressBook> book_;
  std::unique_ptr<Canonical> canonical_;
  HeaderFields::Facts facts_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(HeaderFieldsTest, OnlyAddressesAreRewritten) {
  EXPECT_EQ(Rewrite("From: \"A\"\r\n <a> (b)\r\n"),
            "From: \"A\"\r\n <A.B@x.example> (b)\r\n");
  EXPECT_EQ(Rewrite("TO : a, c@y\r\n"), "TO : a@example.org, c@y\r\n");
  EXPECT_EQ(Rewrite("Subject: a\r\n"), "Subject: a\r\n");
  EXPECT_EQ(Rewrite("Cc: undisclosed:;\r\n"), "Cc: undisclosed:;\r\n");
  facts_.rewrites = false;
  EXPECT_EQ(Rewrite("From: a\r\n"), "From: a\r\n");
}

TEST_F(HeaderFieldsTest, WhatIsMissingIsAdded) {
  const std::string all = MissingAfter({});
  EXPECT_EQ(
      all.find("Message-ID: <20231114221320.4711@mx.example.org>\r\nDate: "),
      0u);
  EXPECT_NE(all.find("\r\nFrom: s@y.example\r\n"), all.npos);
  EXPECT_EQ(MissingAfter({"date: x\r\n", "MESSAGE-ID:x\r\n", "From : x\r\n"}),
            "");
  facts_.undisclosed_recipients = "To: undisclosed-recipients:;";
  EXPECT_EQ(MissingAfter({"Date: x", "Message-ID: x", "From: x"}),
            "To: undisclosed-recipients:;\r\n");
  EXPECT_EQ(MissingAfter({"Date: x", "Message-ID: x", "From: x", "Bcc: y"}),
            "");
  facts_.adds_missing = false;
  EXPECT_EQ(MissingAfter({}), "");
}

TEST_F(HeaderFieldsTest, AMessageThatWasSentAgainHasItsOwnFields) {
  const std::string missing =
      MissingAfter({"Resent-To: x", "Resent-Date: y", "Date: x"});
  EXPECT_EQ(missing,
            "Resent-Message-ID: <20231114221320.4711@mx.example.org>\r\n"
            "Resent-From: s@y.example\r\n");
}

TEST_F(HeaderFieldsTest, ABounceIsFromTheMailSystem) {
  facts_.sender = "";
  EXPECT_NE(MissingAfter({}).find("From: MAILER-DAEMON@mx.example.org\r\n"),
            std::string::npos);
}

}  // namespace
}  // namespace postern::mta::rewriting
