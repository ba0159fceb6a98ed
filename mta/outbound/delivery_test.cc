#include "mta/outbound/delivery.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/scripted_server.h"
#include "mta/outbound/text_content.h"
#include "mta/rewriting/address_book.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Script = ScriptedServer::Script;

const Script kTakesOneRecipient = {
    "> 220 mx", "< EHLO", "> 250 mx", "< MAIL", "> 250 ok",         "< RCPT",
    "> 250 ok", "< DATA", "> 354 go", "<data",  "> 250 2.0.0 mine", "< QUIT"};

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest()
      : runtime_(net::Runtime::Create({.reactors = 1}).value()),
        own_("relay.example.net", {}) {
    config_.set_myhostname("relay.example.net");
    config_.set_smtp_tls_fingerprint_digest("sha256");
    config_.add_virtual_mailbox_domains("here.example");
    config_.set_virtual_mailbox_base(mail_.path());
    config::v1::Smtp& smtp = *config_.mutable_smtp();
    smtp.set_port(25);
    for (auto* timeout :
         {smtp.mutable_connect_timeout(), smtp.mutable_command_timeout(),
          smtp.mutable_data_done_timeout(),
          smtp.mutable_destination_wait_limit()}) {
      timeout->set_seconds(5);
    }
    smtp.set_destination_concurrency_limit(5);
    smtp.set_initial_destination_concurrency(5);
    smtp.set_connection_reuse_count_limit(100);
    smtp.set_mx_address_limit(5);
    smtp.set_connection_limit(10);
    smtp.set_destination_failure_limit(3);
    config_.add_virtual_mailbox_maps(
        "unionmap:{inline:{{a@here.example=a/} {wrong@here.example=../a/}}}");
  }

  ~DeliveryTest() override {
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  absl::StatusOr<std::unique_ptr<Delivery>> Create() {
    auto book = rewriting::AddressBook::Open(config_);
    if (!book.ok()) return book.status();
    auto transports = routing::TransportMap::Open(config_);
    if (!transports.ok()) return transports.status();
    return Delivery::Create(
        config_,
        DeliveryParts{.resolver = resolver_,
                      .own = own_,
                      .addresses = [book = *book] { return book; },
                      .transports = [map = *transports] { return map; },
                      .clock = clock_,
                      .drain = drain_,
                      .metrics = registry_});
  }

  // Attempts one message and returns an outcome a recipient, as text.
  std::vector<std::string> Attempt(const std::vector<std::string>& to) {
    delivery_ = Create().value();
    spool::v1::Envelope envelope;
    envelope.set_sender("s@y");
    envelope.set_queued_us(absl::ToUnixMicros(clock_.Now()));
    envelope.set_requiretls(requiretls_);
    for (const std::string& address : to) {
      envelope.add_recipients()->set_address(address);
    }
    const TextContent content("Subject: x\r\n\r\nhello\r\n");
    const queue::Errand errand = {"4711", envelope, content};
    std::vector<std::string> summary;
    for (const queue::Outcome& o :
         runtime_->BlockOn(delivery_->Attempt(errand))) {
      const char* kinds[] = {"sent ", "deferred ", "bounced "};
      summary.push_back(absl::StrCat(kinds[static_cast<int>(o.kind)], o.status,
                                     " ", o.reply));
    }
    return summary;
  }

  testing::TempDir mail_;
  std::unique_ptr<net::Runtime> runtime_;
  dns::FakeResolver resolver_;
  routing::OwnEndpoints own_;
  FakeClock clock_;
  metrics::Registry registry_;
  net::Drain drain_;
  config::v1::Mta config_;
  std::unique_ptr<Delivery> delivery_;
  bool requiretls_ = false;
};

// RFC 8689: a mailbox here is no hop.
TEST_F(DeliveryTest, MailThatRequiresTlsIsDeliveredHereButNotInTheClear) {
  ScriptedServer server({Script{"> 220 mx", "< EHLO", "> 250 mx", "< QUIT"}});
  config_.set_relayhost(absl::StrCat("[127.0.0.1]:", server.port()));
  requiretls_ = true;
  EXPECT_THAT(Attempt({"x@far.example", "a@here.example"}),
              ElementsAre(StartsWith("bounced 5.7.30 REQUIRETLS is required"),
                          "sent 2.0.0 delivered to maildir"));
}

TEST_F(DeliveryTest, WhatAliasesNameIsDeliveredToAndWhatTheyStandForIsKnown) {
  config_.add_allow_mail_to_files("alias");
  config_.add_allow_mail_to_commands("alias");
  config_.set_default_privs("nobody");
  config_.mutable_command_time_limit()->set_seconds(30);
  config_.mutable_queue()->set_directory(mail_.path());
  delivery_ = Create().value();
  spool::v1::Envelope envelope;
  envelope.set_sender("s@y");
  for (int i = 0; i < 4; ++i) envelope.add_recipients()->set_address("a@z");
  envelope.mutable_recipients(0)->set_command("/bin/sh -c 'exit 67'");
  envelope.mutable_recipients(1)->set_file("/dev/null");
  envelope.mutable_recipients(2)->set_verdict("5.4.6 alias database loop");
  envelope.mutable_recipients(3)->set_expansion(spool::v1::EXPANSION_ALIAS);
  const TextContent content("Subject: x\r\n\r\nhello\r\n");
  const queue::Errand errand = {"4711", envelope, content};
  std::vector<std::string> replies;
  for (const auto& o : runtime_->BlockOn(delivery_->Attempt(errand))) {
    replies.push_back(absl::StrCat(o.status, " ", o.reply));
  }
  EXPECT_THAT(replies,
              ElementsAre("5.1.1 user unknown", "2.0.0 delivered to file",
                          "5.4.6 alias database loop", "2.0.0 alias expanded"));
}

TEST_F(DeliveryTest, OutcomesComeInTheOrderOfTheEnvelope) {
  ScriptedServer server({kTakesOneRecipient});
  config_.set_relayhost(absl::StrCat("[127.0.0.1]:", server.port()));
  EXPECT_THAT(
      Attempt({"x@far.example", "a@here.example", "nobody@here.example"}),
      ElementsAre("sent 2.0.0 250 2.0.0 mine",
                  "sent 2.0.0 delivered to maildir",
                  "bounced 5.1.1 unknown user: \"nobody@here.example\""));
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_delivery_recipients_total{status=\"sent\","
                        "transport=\"smtp\"} 1"));
}

TEST_F(DeliveryTest, TransportsMayLeadNowhere) {
  config_.mutable_routing()->add_transport_maps(
      "inline:{ {bad.example=error:5.7.1 not there} {later.example=retry:} "
      "{hole.example=discard:} }");
  EXPECT_THAT(Attempt({"x@bad.example", "x@later.example", "x@hole.example",
                       "y@bad.example"}),
              ElementsAre("bounced 5.7.1 not there",
                          StartsWith("deferred 4.0.0 no mail is delivered to"),
                          "sent 2.0.0 discarded", "bounced 5.7.1 not there"));
  const std::string metrics = registry_.Render();
  for (const char* count :
       {"bounced\",transport=\"error\"} 2", "deferred\",transport=\"error\"} 1",
        "sent\",transport=\"discard\"} 1"}) {
    EXPECT_THAT(metrics, HasSubstr(count));
  }
  const auto probe = [&](const char* recipient) {
    return runtime_->BlockOn(delivery_->Probe("", recipient)).kind;
  };
  EXPECT_EQ(probe("x@bad.example"), queue::Outcome::Kind::kFailed);
  EXPECT_EQ(probe("x@later.example"), queue::Outcome::Kind::kDeferred);
  EXPECT_EQ(probe("x@hole.example"), queue::Outcome::Kind::kDelivered);
}

TEST_F(DeliveryTest, AMailStoreTakesMailOverLmtp) {
  ScriptedServer server({Script{
      "> 220 box", "< LHLO relay.example.net", "> 250 box", "< MAIL FROM:<s@y>",
      "> 250 ok", "< RCPT TO:<a@here.example>", "> 250 ok",
      "< RCPT TO:<b@here.example>", "> 250 ok", "< DATA", "> 354 go", "<data",
      ">> 250 2.0.0 stored\r\n550 5.2.2 full\r\n", "< QUIT"}});
  config_.mutable_routing()->set_virtual_transport(
      absl::StrCat("lmtp:unix:/nowhere/lmtp, inet:127.0.0.1:", server.port()));
  EXPECT_THAT(Attempt({"a@here.example", "b@here.example"}),
              ElementsAre("sent 2.0.0 250 2.0.0 stored",
                          "bounced 5.2.2 550 5.2.2 full"));
  EXPECT_THAT(registry_.Render(),
              HasSubstr("{status=\"sent\",transport=\"lmtp\"} 1"));
}

TEST_F(DeliveryTest, TheNextOfSeveralNextHopsIsTriedWhenOneIsDown) {
  ScriptedServer server({kTakesOneRecipient});
  config_.mutable_routing()->set_default_transport(
      absl::StrCat("smtp:[nowhere.example], [127.0.0.2]:", server.port(),
                   " [127.0.0.1]:", server.port()));
  EXPECT_THAT(Attempt({"x@far.example"}),
              ElementsAre("sent 2.0.0 250 2.0.0 mine"));
}

TEST_F(DeliveryTest, OneNextHopGetsOneTransaction) {
  Script script = kTakesOneRecipient;
  script.insert(script.begin() + 7, {"< RCPT TO:<y@far.example>", "> 550 no"});
  ScriptedServer server({script});
  config_.set_relayhost(absl::StrCat("[127.0.0.1]:", server.port()));
  EXPECT_THAT(Attempt({"x@far.example", "y@far.example"}),
              ElementsAre("sent 2.0.0 250 2.0.0 mine", "bounced 5.0.0 550 no"));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(DeliveryTest, EachDomainHasItsOwnFate) {
  ScriptedServer server({kTakesOneRecipient});
  config_.mutable_smtp()->set_port(server.port());
  resolver_.Reset(R"(
    good.example     MX 10 mx.good.example
    mx.good.example  A  127.0.0.1
    null.example     MX 0 .
    sick.example     SERVFAIL
  )");
  EXPECT_THAT(
      Attempt({"x@sick.example", "x@null.example", "x@good.example",
               "x@none.example"}),
      ElementsAre(StartsWith("deferred 4.4.3 "), StartsWith("bounced 5.1.10 "),
                  StartsWith("sent 2.0.0 "), StartsWith("bounced 5.1.2 ")));
}

TEST_F(DeliveryTest, ATableThatIsAwayDefers) {
  config_.clear_virtual_mailbox_maps();
  config_.add_virtual_mailbox_maps("fail:table is away");
  EXPECT_THAT(Attempt({"sick@here.example"}),
              ElementsAre(StartsWith("deferred 4.3.0 mailbox lookup failed")));
}

TEST_F(DeliveryTest, AWrongPathInATableDefers) {
  EXPECT_THAT(Attempt({"wrong@here.example"}),
              ElementsAre(StartsWith("deferred 4.3.5 mailbox \"../a/\"")));
  EXPECT_TRUE(std::filesystem::is_empty(mail_.path()));
}

// MTA-31.
TEST_F(DeliveryTest, MailForOurselvesThatIsNotOursIsALoop) {
  own_.AddListener(net::Endpoint::Parse("127.0.0.1:25").value());
  resolver_.Reset(
      "far.example MX 10 mx.far.example\nmx.far.example A "
      "127.0.0.1");
  EXPECT_THAT(Attempt({"x@far.example"}),
              ElementsAre(StartsWith("bounced 5.4.6 ")));
}

TEST_F(DeliveryTest, TheConfigurationIsChecked) {
  config_.set_virtual_mailbox_base("");
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 StartsWith("virtual_mailbox_base:")));
  config_.set_virtual_mailbox_base("/x");
  config_.set_relayhost("[");
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 StartsWith("relayhost:")));
}

TEST_F(DeliveryTest, AProbeGoesTheWayOfAMessageAsFarAsTheRecipient) {
  const auto script = [](const char* rcpt, const char* reply) {
    return Script{
        "> 220 mx", "< EHLO", "> 250 mx", "< MAIL FROM:<p@relay.example.net>",
        "> 250 ok", rcpt,     reply,      "< QUIT"};
  };
  ScriptedServer server(
      {script("< RCPT TO:<u@example.org>", "> 550 5.1.1 nobody"),
       script("< RCPT TO:<v@example.org>", "> 250 2.1.5 fine")});
  config_.set_relayhost(absl::StrCat("[127.0.0.1]:", server.port()));
  const std::unique_ptr<Delivery> delivery = *Create();
  const auto probe = [&](const char* recipient) {
    return runtime_->BlockOn(delivery->Probe("p@relay.example.net", recipient));
  };
  const queue::Outcome refused = probe("u@example.org");
  EXPECT_EQ(refused.kind, queue::Outcome::Kind::kFailed);
  EXPECT_THAT(refused.reply, HasSubstr("nobody"));
  EXPECT_EQ(probe("v@example.org").kind, queue::Outcome::Kind::kDelivered);
}

TEST_F(DeliveryTest, AProbeOfAMailboxHereLooksAtTheTable) {
  const auto probe = [this](const char* recipient) {
    const std::unique_ptr<Delivery> delivery = *Create();
    return runtime_->BlockOn(delivery->Probe("", recipient)).kind;
  };
  EXPECT_EQ(probe("a@here.example"), queue::Outcome::Kind::kDelivered);
  EXPECT_EQ(probe("x@here.example"), queue::Outcome::Kind::kFailed);
  config_.clear_virtual_mailbox_maps();
  config_.add_virtual_mailbox_maps("fail:table is away");
  EXPECT_EQ(probe("a@here.example"), queue::Outcome::Kind::kDeferred);
}

}  // namespace
}  // namespace postern::mta::outbound
