#include "mta/rewriting/canonical.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "mta/smtp/reply.h"

namespace postern::mta::rewriting {
namespace {

using ::postern::testing::StatusIs;

class CanonicalTest : public ::testing::Test {
 protected:
  CanonicalTest() {
    config_.set_myorigin("example.org");
    config_.set_mydomain("example.org");
    config_.set_recipient_delimiter("+");
    config_.set_append_at_myorigin(true);
    config_.add_propagate_unmatched_extensions("canonical");
    for (const char* place : {"envelope_sender", "envelope_recipient",
                              "header_sender", "header_recipient"}) {
      config_.add_canonical_classes(place);
    }
    config_.add_sender_canonical_classes("envelope_sender");
    config_.add_sender_canonical_classes("header_sender");
    config_.add_recipient_canonical_classes("envelope_recipient");
    config_.add_masquerade_classes("header_sender");
  }

  std::string Rewrite(mail::Address address,
                      Place place = Place::kEnvelopeSender) {
    const auto book = AddressBook::Open(config_).value();
    const auto canonical = Canonical::Open(config_, book).value();
    const auto result = runtime_->BlockOn(canonical->Rewrite(place, address));
    return result.ok() ? result->ToString()
                       : smtp::ReplyFor(result.status()).ToString();
  }

  config::v1::Mta config_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(CanonicalTest, ADomainIsMadeComplete) {
  EXPECT_EQ(Rewrite({"a", ""}), "a@example.org");
  EXPECT_EQ(Rewrite({"a", "host"}), "a@host");
  EXPECT_EQ(Rewrite({"", ""}), "");
  config_.set_append_dot_mydomain(true);
  EXPECT_EQ(Rewrite({"a", "host"}), "a@host.example.org");
  EXPECT_EQ(Rewrite({"a", "x.example"}), "a@x.example");
  EXPECT_EQ(Rewrite({"a", "[192.0.2.1]"}), "a@[192.0.2.1]");
}

TEST_F(CanonicalTest, TablesAreAskedUntilNothingChanges) {
  config_.add_canonical_maps(
      "inline:{ {a@example.org = b} {b = c@x.example} {@y.example = "
      "@z.example} "
      "{self@x.example = self@x.example} }");
  EXPECT_EQ(Rewrite({"a", ""}), "c@x.example");
  EXPECT_EQ(Rewrite({"a+e", ""}), "c+e@x.example");
  EXPECT_EQ(Rewrite({"q+e", "y.example"}), "q+e@z.example");
  EXPECT_EQ(Rewrite({"self", "x.example"}), "self@x.example");
  config_.clear_propagate_unmatched_extensions();
  EXPECT_EQ(Rewrite({"a+e", ""}), "c@x.example");
}

TEST_F(CanonicalTest, EachTableHasItsPlaces) {
  config_.add_sender_canonical_maps("inline:{ {a@x.example=s@x.example} }");
  config_.add_recipient_canonical_maps("inline:{ {a@x.example=r@x.example} }");
  EXPECT_EQ(Rewrite({"a", "x.example"}, Place::kEnvelopeSender), "s@x.example");
  EXPECT_EQ(Rewrite({"a", "x.example"}, Place::kHeaderSender), "s@x.example");
  EXPECT_EQ(Rewrite({"a", "x.example"}, Place::kEnvelopeRecipient),
            "r@x.example");
  EXPECT_EQ(Rewrite({"a", "x.example"}, Place::kHeaderRecipient),
            "a@x.example");
}

TEST_F(CanonicalTest, MasqueradingHidesWhatIsBelowADomain) {
  for (const char* domain : {"!keep.example.org", "example.org"}) {
    config_.add_masquerade_domains(domain);
  }
  config_.add_masquerade_exceptions("root");
  EXPECT_EQ(Rewrite({"a", "host.example.org"}, Place::kHeaderSender),
            "a@example.org");
  EXPECT_EQ(Rewrite({"a", "host.keep.example.org"}, Place::kHeaderSender),
            "a@host.keep.example.org");
  EXPECT_EQ(Rewrite({"root", "host.example.org"}, Place::kHeaderSender),
            "root@host.example.org");
  EXPECT_EQ(Rewrite({"a", "host.example.org"}, Place::kEnvelopeRecipient),
            "a@host.example.org");
}

TEST_F(CanonicalTest, WhatHasNoEndOrNoAnswerIsTriedAgainLater) {
  config_.add_canonical_maps("inline:{ {a@x=b@x} {b@x=a@x} {c@x = <>} }");
  EXPECT_EQ(Rewrite({"a", "x"}), "451 4.6.0 Alias expansion error");
  EXPECT_EQ(Rewrite({"c", "x"}), "451 4.6.0 Alias expansion error");
  config_.add_sender_canonical_maps("fail:away");
  EXPECT_EQ(Rewrite({"a", "x"}), "451 4.3.0 Temporary lookup failure");
}

TEST_F(CanonicalTest, NamesTheFieldAtFault) {
  config_.add_canonical_classes("body");
  const auto book = AddressBook::Open(config_).value();
  EXPECT_THAT(Canonical::Open(config_, book).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::mta::rewriting
