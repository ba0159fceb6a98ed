#include "mta/filters/own_mail.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/milter/test_engine.h"

namespace postern::mta::filters {
namespace {

constexpr char kBounce[] = "Subject: failed\r\n\r\nthe body\r\n";

class OwnMailTest : public ::testing::Test {
 protected:
  OwnMailTest() {
    envelope_.add_recipients()->set_address("jane@example.org");
    Add("signer", engine_.endpoint.ToString());
  }

  void Add(const std::string& name, const std::string& endpoint) {
    config::v1::Milter& milter = *config_.add_milters();
    milter.set_name(name);
    milter.add_endpoints(endpoint);
    milter.set_protocol(6);
    milter.mutable_connect_timeout()->set_seconds(5);
    milter.mutable_command_timeout()->set_seconds(20);
    milter.mutable_content_timeout()->set_seconds(20);
  }
  bool Filter() {
    config_.mutable_milter_message_timeout()->set_seconds(20);
    const auto make = [this](MilterService service,
                             std::shared_ptr<net::TlsContext>) {
      return std::make_shared<MilterClient>(
          PolicyClientParts{*runtime_, resolver_, clock_, registry_}, drain_,
          std::move(service));
    };
    auto milters = Milters::FromConfig(config_, make, {}).value();
    const OwnHost host = {drain_, "relay.test"};
    return runtime_->BlockOn(
        FilterOwnMail(std::move(milters), host, "QID", envelope_, content_));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  FakeClock clock_;
  dns::FakeResolver resolver_;
  metrics::Registry registry_;
  milter::TestEngine engine_{config::v1::MilterServer::ENGINE_POSTERN};
  config::v1::Filters config_;
  spool::v1::Envelope envelope_;
  std::string content_ = kBounce;
};

TEST_F(OwnMailTest, IsChangedAsTheFilterWants) {
  engine_.filter.wanted.add_headers = true;
  milter::Changes changes;
  changes.InsertHeader(0, "DKIM-Signature", " v=1");
  engine_.filter.changes = changes;
  config_.add_non_smtpd_milters("signer");
  EXPECT_TRUE(Filter());
  EXPECT_EQ(content_,
            "DKIM-Signature: v=1\r\nSubject: failed\r\n\r\nthe body\r\n");
  ASSERT_TRUE(engine_.filter.AwaitSeen(1));
  EXPECT_EQ(engine_.filter.seen()[0].body, "the body\r\n");
  EXPECT_EQ(engine_.filter.seen()[0].envelope.sender.address, "");
}

TEST_F(OwnMailTest, WithoutFiltersItStaysAsItIs) {
  EXPECT_TRUE(Filter());
  EXPECT_EQ(content_, kBounce);
}

// Its on_failure would have it wait; but there is nobody who could try again.
TEST_F(OwnMailTest, AFilterThatIsAwayDoesNotKeepTheNextOneFromItsWork) {
  engine_.filter.wanted.add_headers = true;
  milter::Changes changes;
  changes.AddHeader("X-Signed", " yes");
  engine_.filter.changes = changes;
  Add("away", "unix:/nonexistent/s");
  config_.add_non_smtpd_milters("away");
  config_.add_non_smtpd_milters("signer");
  EXPECT_TRUE(Filter());
  EXPECT_EQ(content_, "Subject: failed\r\nX-Signed: yes\r\n\r\nthe body\r\n");
}

TEST_F(OwnMailTest, ARefusalChangesNothing) {
  milter::Changes changes;
  changes.verdict = milter::Verdict::Of(milter::Verdict::Kind::kReject);
  engine_.filter.changes = changes;
  config_.add_non_smtpd_milters("signer");
  EXPECT_TRUE(Filter());
  EXPECT_EQ(content_, kBounce);
}

TEST_F(OwnMailTest, MayBeDropped) {
  milter::Changes changes;
  changes.verdict = milter::Verdict::Of(milter::Verdict::Kind::kDiscard);
  engine_.filter.changes = changes;
  config_.add_non_smtpd_milters("signer");
  EXPECT_FALSE(Filter());
}

TEST_F(OwnMailTest, MayBeHeld) {
  engine_.filter.wanted.quarantine = true;
  milter::Changes changes;
  changes.Quarantine("strange");
  engine_.filter.changes = changes;
  config_.add_non_smtpd_milters("signer");
  EXPECT_TRUE(Filter());
  EXPECT_TRUE(envelope_.hold());
}

}  // namespace
}  // namespace postern::mta::filters
