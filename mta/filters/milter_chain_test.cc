#include "mta/filters/milter_chain.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/milter/test_engine.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::filters {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using Engine = config::v1::MilterServer;

// Filters of ours, each behind a socket, and a chain over some of them.
class MilterChainTest : public ::testing::Test {
 protected:
  // A filter that serves, or one that is away.
  MilterService Service(const std::string& name, bool is_there = true) {
    MilterService service;
    service.name = name;
    if (is_there) {
      engines_.push_back(
          std::make_unique<milter::TestEngine>(Engine::ENGINE_POSTERN));
      service.endpoints = {engines_.back()->endpoint};
    } else {
      service.endpoints = {net::Endpoint::Parse("unix:/nonexistent/s").value()};
    }
    return service;
  }
  milter::ScriptedFilter& filter(size_t i) { return engines_[i]->filter; }

  void Plan(std::vector<std::vector<MilterService>> groups) {
    auto plan = std::make_shared<MilterPlan>();
    for (std::vector<MilterService>& group : groups) {
      std::vector<PlannedMilter>& planned = plan->groups.emplace_back();
      for (MilterService& service : group) {
        planned.push_back(
            {std::make_shared<MilterClient>(
                 PolicyClientParts{*runtime_, resolver_, clock_, registry_},
                 drain_, std::move(service)),
             {}});
      }
    }
    chain_ = std::make_unique<MilterChain>(std::move(plan), drain_, "x1");
  }

  // One message through the chain.
  Judgement Deliver() { return runtime_->BlockOn(DeliverTask()); }
  net::Task<Judgement> DeliverTask() {
    milter::Macros macros;
    macros.Set("i", "QID");
    MilterChain::Client client = {"c.example.net", net::IpAddress(), 25};
    Judgement judgement = co_await chain_->Connect(client, macros);
    if (judgement.refusal) co_return judgement;
    judgement = co_await chain_->Helo("c.example.net", macros);
    if (judgement.refusal) co_return judgement;
    const milter::Path from = {"a@example.net", {}, {}};
    judgement = co_await chain_->Sender(from, macros);
    if (judgement.refusal) co_return judgement;
    const milter::Path to = {"b@example.org", {}, {}};
    judgement = co_await chain_->Recipient(to, macros);
    if (judgement.refusal) co_return judgement;
    judgement = co_await chain_->Data(macros);
    if (judgement.refusal) co_return judgement;
    BodySource body;
    body.pieces = 2;
    body.read = [](size_t piece) { return piece == 0 ? "one\r\n" : "two\r\n"; };
    judgement = co_await chain_->Message(message_, body, macros);
    chain_->EndMessage();
    chain_->EndClient();
    co_return judgement;
  }
  // A message for one who is there after one whom we have refused.
  net::Task<Judgement> DeliverAfterRejection() {
    milter::Macros macros;
    const MilterChain::Client client = {"c.example.net", net::IpAddress(), 25};
    (void)co_await chain_->Connect(client, macros);
    const milter::Path from = {"a@example.net", {}, {}};
    (void)co_await chain_->Sender(from, macros);
    if (chain_->wants_rejected_recipients()) {
      milter::Macros why;
      why.Set("rcpt_mailer", "error");
      const milter::Path nobody = {"nobody@example.org", {}, {}};
      co_await chain_->RejectedRecipient(nobody, why);
    }
    const milter::Path to = {"b@example.org", {}, {}};
    (void)co_await chain_->Recipient(to, macros);
    const BodySource body;
    Judgement judgement = co_await chain_->Message(message_, body, macros);
    chain_->EndMessage();
    co_return judgement;
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  FakeClock clock_;
  dns::FakeResolver resolver_;
  metrics::Registry registry_;
  std::vector<std::unique_ptr<milter::TestEngine>> engines_;
  FilteredMessage message_{"Subject: s\r\nX-A: 1\r\n", "QID"};
  std::unique_ptr<MilterChain> chain_;
};

TEST_F(MilterChainTest, ShowsRejectedRecipientsToThoseThatWantThem) {
  std::vector<std::vector<MilterService>> groups = {{Service("a")},
                                                    {Service("b")}};
  filter(1).wanted.rejected_recipients = true;
  Plan(std::move(groups));
  const Judgement judgement = runtime_->BlockOn(DeliverAfterRejection());
  EXPECT_FALSE(judgement.refusal.has_value());
  ASSERT_TRUE(filter(0).AwaitSeen(1));
  ASSERT_TRUE(filter(1).AwaitSeen(1));
  for (const size_t i : {0, 1}) {
    const milter::Envelope envelope = filter(i).seen()[0].envelope;
    EXPECT_EQ(envelope.rejected_recipients.size(), i);
    EXPECT_THAT(envelope.recipients, SizeIs(1));
  }
}

TEST_F(MilterChainTest, ShowsTheMessageToEachInTurn) {
  std::vector<std::vector<MilterService>> groups = {{Service("a")},
                                                    {Service("b")}};
  filter(0).wanted.add_headers = true;
  milter::Changes changes;
  changes.InsertHeader(0, "X-First", " 1");
  filter(0).changes = changes;
  Plan(std::move(groups));
  const Judgement judgement = Deliver();
  EXPECT_FALSE(judgement.refusal.has_value());
  EXPECT_EQ(message_.HeaderText(),
            "X-First: 1\r\nSubject: s\r\nX-A: 1\r\n\r\n");
  ASSERT_TRUE(filter(0).AwaitSeen(1));
  ASSERT_TRUE(filter(1).AwaitSeen(1));
  EXPECT_THAT(filter(0).seen()[0].headers,
              ElementsAre(Pair("Subject", " s"), Pair("X-A", " 1")));
  EXPECT_EQ(filter(1).seen()[0].headers[0].first, "X-First");
  EXPECT_EQ(filter(1).seen()[0].body, "one\r\ntwo\r\n");
  EXPECT_EQ(filter(0).seen()[0].envelope.client_name, "c.example.net");
  EXPECT_EQ(filter(0).seen()[0].envelope.sender.address, "a@example.net");
}

TEST_F(MilterChainTest, AGroupSeesTheSameMessage) {
  std::vector<std::vector<MilterService>> groups = {
      {Service("a"), Service("b")}};
  for (const size_t i : {0, 1}) {
    filter(i).wanted.add_headers = true;
    milter::Changes changes;
    changes.AddHeader(i == 0 ? "X-A" : "X-B", " new");
    filter(i).changes = changes;
  }
  Plan(std::move(groups));
  EXPECT_FALSE(Deliver().refusal.has_value());
  EXPECT_EQ(message_.HeaderText(),
            "Subject: s\r\nX-A: 1\r\nX-A: new\r\nX-B: new\r\n\r\n");
  ASSERT_TRUE(filter(1).AwaitSeen(1));
  EXPECT_THAT(filter(1).seen()[0].headers, SizeIs(2));
}

TEST_F(MilterChainTest, TheFirstRefusalIsTheLastWord) {
  std::vector<std::vector<MilterService>> groups = {{Service("a")},
                                                    {Service("b")}};
  milter::Changes changes;
  changes.verdict = milter::Verdict::Reply(554, "5.7.9", "not this");
  filter(0).changes = changes;
  Plan(std::move(groups));
  const Judgement judgement = Deliver();
  ASSERT_TRUE(judgement.refusal.has_value());
  EXPECT_EQ(judgement.refusal->ToString(), "554 5.7.9 not this");
  chain_.reset();  // The connection ends, and the transaction with it.
  for (const milter::ScriptedFilter::Seen& seen : filter(1).seen()) {
    EXPECT_FALSE(seen.is_finished);
  }
}

TEST_F(MilterChainTest, WhatIsDiscardedGoesNoFurther) {
  std::vector<std::vector<MilterService>> groups = {{Service("a")}};
  milter::Changes changes;
  changes.verdict = milter::Verdict::Of(milter::Verdict::Kind::kDiscard);
  filter(0).changes = changes;
  Plan(std::move(groups));
  const Judgement judgement = Deliver();
  EXPECT_TRUE(judgement.discards);
  EXPECT_FALSE(judgement.refusal.has_value());
}

TEST_F(MilterChainTest, AFilterThatIsAwayDoesWhatItsModeSays) {
  using Milter = config::v1::Milter;
  struct Case {
    Milter::OnFailure mode;
    int code;
    bool holds;
  };
  const Case cases[] = {{Milter::ON_FAILURE_ACCEPT, 0, false},
                        {Milter::ON_FAILURE_TEMPFAIL, 451, false},
                        {Milter::ON_FAILURE_REJECT, 550, false},
                        {Milter::ON_FAILURE_QUARANTINE, 0, true}};
  for (const Case& c : cases) {
    SCOPED_TRACE(Milter::OnFailure_Name(c.mode));
    MilterService away = Service("away", /*is_there=*/false);
    away.on_failure = c.mode;
    std::vector<std::vector<MilterService>> groups = {{away}};
    Plan(std::move(groups));
    const Judgement judgement = Deliver();
    EXPECT_EQ(judgement.refusal ? judgement.refusal->code : 0, c.code);
    EXPECT_EQ(judgement.holds, c.holds);
  }
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_milter_failures_total{milter=\"away\"}"));
}

TEST_F(MilterChainTest, AFailureLeavesTheOtherFilterItsSay) {
  MilterService away = Service("away", /*is_there=*/false);
  away.on_failure = config::v1::Milter::ON_FAILURE_ACCEPT;
  std::vector<std::vector<MilterService>> groups = {{away, Service("b")}};
  Plan(std::move(groups));
  EXPECT_FALSE(Deliver().refusal.has_value());
  ASSERT_TRUE(filter(0).AwaitSeen(1));
  EXPECT_TRUE(filter(0).seen()[0].is_finished);
}

TEST_F(MilterChainTest, WithoutFiltersNothingIsAsked) {
  Plan({});
  EXPECT_FALSE(chain_->is_active());
  EXPECT_THAT(engines_, IsEmpty());
}

}  // namespace
}  // namespace postern::mta::filters
