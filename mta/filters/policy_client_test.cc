#include "mta/filters/policy_client.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/policy/handler.h"
#include "lib/policy/request.h"
#include "lib/policy/server.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::filters {
namespace {

using ::testing::HasSubstr;

PolicyQuestion SomeQuestion() {
  PolicyQuestion question;
  question.protocol_name = "ESMTP";
  question.client_address = "192.0.2.1";
  question.client_port = 4711;
  question.client_name = "mail.example.net";
  question.reverse_client_name = "mail.example.net";
  question.server_address = "192.0.2.2";
  question.server_port = 25;
  question.helo_name = "mail.example.net";
  question.sender = "a@example.net";
  question.recipient = "b@example.org";
  question.instance = "x.1";
  question.size_bytes = 12345;
  return question;
}

// Repeats the recipient in its answer.
class Echo final : public policy::Handler {
 public:
  net::Task<absl::StatusOr<policy::Verdict>> Check(
      const policy::Request& request, net::Deadline) override {
    co_return policy::Verdict{
        policy::Verdict::Kind::kReject, 0,
        std::string(request.Get(policy::Attribute::kRecipient))};
  }
};

class PolicyClientOverASocket : public ::testing::Test {
 protected:
  ~PolicyClientOverASocket() override {
    drain_.Begin();
    drain_.AwaitIdle(absl::Seconds(10));
  }

  PolicyService Service() const {
    PolicyService service;
    service.endpoints = {
        net::Endpoint::Parse("unix:" + dir_.path() + "/policy").value()};
    service.try_limit = 1;
    service.default_action = {policy::Verdict::Kind::kDefer, 0, "default"};
    return service;
  }

  PolicyClientParts Parts() {
    return {*runtime_, dns_, Clock::System(), registry_};
  }

  // The metric of the service, "name{…,service="unix:…"" up to its value.
  std::string Metric(absl::string_view name, absl::string_view result) const {
    return absl::StrCat(name, "{", result, "service=\"", Service().Name(),
                        "\"} ");
  }

  const testing::TempDir dir_;
  dns::FakeResolver dns_{"policy.test A 127.0.0.1"};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain_;
  metrics::Registry registry_;
};

TEST_F(PolicyClientOverASocket, ReturnsTheAnswer) {
  Echo echo;
  policy::Server server("test", {}, drain_, registry_, echo);
  std::unique_ptr<net::Listener> listener =
      net::Listener::Open(*runtime_, {.endpoint = Service().endpoints[0]})
          .value();
  listener->Serve(drain_, server);
  PolicyClient client(Parts(), Service());
  const PolicyQuestion question = SomeQuestion();
  EXPECT_EQ(
      runtime_->BlockOn(client.Ask(question)),
      (policy::Verdict{policy::Verdict::Kind::kReject, 0, "b@example.org"}));
  EXPECT_THAT(
      registry_.Render(),
      HasSubstr(Metric("questions_total", "result=\"answered\",") + "1"));
  listener->Close();
  drain_.Begin();
  drain_.AwaitIdle(absl::Seconds(10));
}

TEST_F(PolicyClientOverASocket, ADeadServiceCountsAsTheDefaultActionAndIsTold) {
  PolicyClient client(Parts(), Service());
  const PolicyQuestion question = SomeQuestion();
  EXPECT_EQ(runtime_->BlockOn(client.Ask(question)), Service().default_action);
  EXPECT_THAT(registry_.Render(),
              HasSubstr(Metric("questions_total", "result=\"failed\",") + "1"));
}

TEST_F(PolicyClientOverASocket, AnEndpointMayBeANameAndOneMayBeDead) {
  Echo echo;
  policy::Server server("test", {}, drain_, registry_, echo);
  std::unique_ptr<net::Listener> listener =
      net::Listener::Open(
          *runtime_, {.endpoint = net::Endpoint::Parse("127.0.0.1:0").value()})
          .value();
  listener->Serve(drain_, server);
  PolicyService service = Service();
  service.endpoints.push_back({"policy.test", listener->endpoint().port, ""});
  PolicyClient client(Parts(), service);
  const PolicyQuestion question = SomeQuestion();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(runtime_->BlockOn(client.Ask(question)).kind,
              policy::Verdict::Kind::kReject);
  }
  EXPECT_THAT(registry_.Render(),
              HasSubstr(absl::StrCat("policy_healthy_endpoints{service=\"",
                                     service.Name(), "\"} 1")));
  listener->Close();
  drain_.Begin();
  drain_.AwaitIdle(absl::Seconds(10));
}

}  // namespace
}  // namespace postern::mta::filters
