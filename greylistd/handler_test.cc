#include "greylistd/handler.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "greylistd/fake_sightings.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using VerdictKind = policy::Verdict::Kind;

constexpr char kFrom[] =
    "client_address=192.0.2.1\nclient_name=mail.example.org\n"
    "sender=alice@example.org\n";
constexpr char kTo[] = "recipient=bob@example.com\ninstance=1.2.3\n";

class HandlerTest : public ::testing::Test {
 protected:
  HandlerTest() { Make("{}"); }

  static config::v1::Greylistd Config(const std::string& yaml) {
    config::v1::Greylistd config;
    EXPECT_THAT(config::Load(yaml, "greylistd.yaml", config), IsOk());
    return config;
  }

  void Make(const std::string& yaml) {
    const config::v1::Greylistd config = Config(yaml);
    handler_ = std::make_unique<Handler>(
        config, Rules::FromConfig(config).value(),
        Handler::Parts{sightings_, &resolver_, clock_, metrics_});
  }

  // Asks with these attributes; there must be an answer.
  policy::Verdict Ask(const std::string& attributes) {
    const std::string text =
        absl::StrCat("request=smtpd_access_policy\n", attributes, "\n");
    const policy::Request request = policy::Request::Parse(text).value();
    absl::StatusOr<policy::Verdict> verdict = runtime_->BlockOn(
        handler_->Check(request, net::Deadline::After(absl::Seconds(20))));
    EXPECT_THAT(verdict, IsOk());
    return verdict.value_or(policy::Verdict());
  }
  policy::Verdict Ask() { return Ask(absl::StrCat(kFrom, kTo)); }

  std::string Count(const char* reason, int count) {
    return absl::StrCat("postern_greylistd_decisions_total{reason=\"", reason,
                        "\"} ", count, "\n");
  }

  FakeClock clock_;
  FakeSightings sightings_{clock_};
  dns::FakeResolver resolver_{"1.2.0.192.good.example A 127.0.5.1"};
  metrics::Registry metrics_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::unique_ptr<Handler> handler_;
};

TEST_F(HandlerTest, ASenderWaitsThenPassesWithAHeaderThenIsKnown) {
  policy::Verdict verdict = Ask();
  EXPECT_EQ(verdict.kind, VerdictKind::kDeferIfPermit);
  EXPECT_THAT(verdict.text, StartsWith("Greylisted"));
  clock_.Advance(absl::Seconds(301));
  verdict = Ask();
  EXPECT_EQ(verdict.kind, VerdictKind::kPrepend);
  EXPECT_THAT(verdict.text, StartsWith("X-Greylist: delayed 301 seconds by"));
  EXPECT_EQ(Ask(), policy::Verdict());
  const std::string page = metrics_.Render();
  EXPECT_THAT(page, HasSubstr(Count("new", 1)));
  EXPECT_THAT(page, HasSubstr(Count("first_pass", 1)));
  EXPECT_THAT(page, HasSubstr(Count("known", 1)));
}

TEST_F(HandlerTest, AMessageWithSeveralRecipientsGetsOneHeader) {
  const std::string other = "recipient=carol@example.com\ninstance=1.2.3\n";
  Ask();
  Ask(kFrom + other);
  clock_.Advance(absl::Seconds(301));
  EXPECT_EQ(Ask().kind, VerdictKind::kPrepend);
  EXPECT_EQ(Ask(kFrom + other).kind, VerdictKind::kDunno);
}

TEST_F(HandlerTest, ThePostfixThatKnowsEnhancedCodesGetsOne) {
  EXPECT_THAT(Ask(absl::StrCat(kFrom, kTo, "etrn_domain=\n")).text,
              StartsWith("4.2.0 Greylisted"));
}

TEST_F(HandlerTest, WithoutTheAttributesThereIsNoOpinion) {
  for (const char* attributes :
       {"", "client_address=192.0.2.1\nclient_name=x\nsender=a@b\n",
        "client_address=192.0.2.1\nclient_name=x\nsender=a@b\nrecipient=\n",
        "client_address=192.0.2.1\nclient_name=x\nrecipient=a@b\n",
        "client_address=192.0.2.1\nsender=a@b\nrecipient=a@b\n",
        "client_name=x\nsender=a@b\nrecipient=a@b\n",
        "client_address=x\nclient_name=x\nsender=a@b\nrecipient=a@b\n"}) {
    SCOPED_TRACE(attributes);
    EXPECT_EQ(Ask(attributes), policy::Verdict());
  }
  EXPECT_EQ(sightings_.calls, 0);
  EXPECT_THAT(metrics_.Render(), HasSubstr(Count("incomplete", 7)));
}

TEST_F(HandlerTest, TheNullSenderIsASenderLikeAnother) {
  EXPECT_EQ(Ask("client_address=192.0.2.1\nclient_name=x\nsender=\n"
                "recipient=a@b\n")
                .kind,
            VerdictKind::kDeferIfPermit);
}

TEST_F(HandlerTest, WhoHasLoggedInDoesNotWait) {
  EXPECT_EQ(Ask(absl::StrCat(kFrom, kTo, "sasl_username=alice\n")),
            policy::Verdict());
  EXPECT_EQ(sightings_.calls, 0);
  EXPECT_THAT(metrics_.Render(), HasSubstr(Count("authenticated", 1)));
}

TEST_F(HandlerTest, MonitorDecidesCountsAndLetsPass) {
  Make("mode: monitor");
  EXPECT_EQ(Ask(), policy::Verdict());
  EXPECT_THAT(metrics_.Render(), HasSubstr(Count("new", 1)));
  clock_.Advance(absl::Seconds(301));
  EXPECT_EQ(Ask().kind, VerdictKind::kPrepend);
}

TEST_F(HandlerTest, AClientOnADnsListDoesNotWait) {
  Make("dns_allowlists: [{zone: good.example}]");
  EXPECT_EQ(Ask(), policy::Verdict());
  EXPECT_EQ(sightings_.calls, 0);
  EXPECT_THAT(metrics_.Render(), HasSubstr(Count("dns_allowlist", 1)));
  resolver_.Reset("good.example SERVFAIL\n1.2.0.192.good.example SERVFAIL");
  EXPECT_EQ(Ask().kind, VerdictKind::kDeferIfPermit);
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_greylistd_dns_allowlist_failures_total 1"));
}

TEST_F(HandlerTest, RD01WithoutTheStoreEverybodyPasses) {
  sightings_.failure = absl::UnavailableError("away");
  EXPECT_EQ(Ask(), policy::Verdict());
  EXPECT_THAT(metrics_.Render(), HasSubstr(Count("store_failure", 1)));
}

TEST_F(HandlerTest, RD01OrEverybodyWaitsIfThatIsWanted) {
  Make("on_store_failure: defer");
  sightings_.failure = absl::UnavailableError("away");
  EXPECT_EQ(Ask().kind, VerdictKind::kDeferIfPermit);
  Make("on_store_failure: defer\nmode: monitor");
  EXPECT_EQ(Ask(), policy::Verdict());
}

TEST_F(HandlerTest, MailThatDidNotWaitGetsNoHeader) {
  Make("delay: 0s");
  EXPECT_EQ(Ask(), policy::Verdict());
}

TEST_F(HandlerTest, AReloadChangesTheRules) {
  EXPECT_EQ(Ask().kind, VerdictKind::kDeferIfPermit);
  const config::v1::Greylistd config = Config("allow_clients: [192.0.2.1]");
  handler_->Replace(config, Rules::FromConfig(config).value());
  EXPECT_EQ(Ask(), policy::Verdict());
  EXPECT_EQ(handler_->rules()->ReasonToSkip(
                {.client = net::IpAddress::Parse("192.0.2.1").value(),
                 .client_name = "",
                 .sender = "",
                 .recipient = "a@b"}),
            Skip::kClientAllowlist);
}

TEST_F(HandlerTest, INJ13ARecipientCannotWriteASecondLine) {
  std::string reply;
  policy::AppendReply(Ask("client_address=192.0.2.1\nclient_name=x\nsender=a\n"
                          "recipient=a@b\tc\x01 d\xff\n"),
                      reply);
  EXPECT_EQ(reply,
            "action=DEFER_IF_PERMIT Greylisted, see "
            "http://postgrey.schweikert.ch/help/b?c? d?.html\n\n");
}

}  // namespace
}  // namespace postern::greylistd
