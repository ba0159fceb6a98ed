#include "mta/server/header_sink.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;

class Collector final : public ContentSink {
 public:
  net::Task<absl::Status> Append(absl::string_view content) override {
    text.append(content.data(), content.size());
    co_return absl::OkStatus();
  }

  std::string text;
};

class HeaderSinkTest : public ::testing::Test {
 protected:
  HeaderSinkTest() {
    config_.set_myorigin("example.org");
    config_.set_append_at_myorigin(true);
    book_ = rewriting::AddressBook::Open(config_).value();
    canonical_ = rewriting::Canonical::Open(config_, book_).value();
  }

  // Gives the content in two pieces, cut everywhere in turn.
  std::string Pass(const std::string& content, bool adds_missing = false,
                   size_t max_field_bytes = 1000) {
    std::string first;
    for (size_t cut = 0; cut <= content.size(); ++cut) {
      Collector out;
      rewriting::HeaderFields::Facts facts;
      facts.queue_id = "q";
      facts.myhostname = "mx";
      facts.sender = "s@x";
      facts.now = absl::FromUnixSeconds(0);
      facts.adds_missing = adds_missing;
      HeaderSink sink(rewriting::HeaderFields(*canonical_, facts),
                      max_field_bytes, out);
      for (const std::string& piece :
           {content.substr(0, cut), content.substr(cut)}) {
        if (piece.empty()) continue;
        EXPECT_THAT(runtime_->BlockOn(sink.Append(piece)), IsOk());
      }
      EXPECT_THAT(runtime_->BlockOn(sink.Finish()), IsOk());
      if (cut == 0) first = out.text;
      EXPECT_EQ(out.text, first) << cut;
    }
    return first;
  }

  config::v1::Mta config_;
  std::shared_ptr<const rewriting::AddressBook> book_;
  std::unique_ptr<rewriting::Canonical> canonical_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(HeaderSinkTest, AddressesAreMadeComplete) {
  EXPECT_EQ(Pass("From: Anna\r\n <anna>\r\nX: anna\r\nTo: b@y, c\r\n\r\n"
                 "From: d\r\n"),
            "From: Anna\r\n <anna@example.org>\r\nX: anna\r\n"
            "To: b@y, c@example.org\r\n\r\nFrom: d\r\n");
}

TEST_F(HeaderSinkTest, WhatIsMissingStandsAtTheEndOfTheHeader) {
  EXPECT_EQ(Pass("To: b@y\r\nDate: now\r\n\r\nx", true),
            "To: b@y\r\nDate: now\r\nMessage-ID: <19700101000000.q@mx>\r\n"
            "From: s@x\r\n\r\nx");
}

TEST_F(HeaderSinkTest, AHeaderWithoutAnEndGetsOne) {
  EXPECT_EQ(Pass("Date: x\r\nMessage-ID: y\r\nTo: z@y\r\nno field\r\n", true),
            "Date: x\r\nMessage-ID: y\r\nTo: z@y\r\nFrom: s@x\r\n\r\n"
            "no field\r\n");
  EXPECT_EQ(Pass("Date: x\r\nMessage-ID: y\r\nTo: z@y\r\n", true),
            "Date: x\r\nMessage-ID: y\r\nTo: z@y\r\nFrom: s@x\r\n\r\n");
}

TEST_F(HeaderSinkTest, ATooLongFieldGoesOnAsItIs) {
  const std::string field = "To: b" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(Pass(field + "\r\nbody", false, 20), field + "\r\nbody");
}

}  // namespace
}  // namespace postern::mta::server
