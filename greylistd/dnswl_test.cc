#include "greylistd/dnswl.h"

#include <memory>

#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::greylistd {
namespace {

using Answer = Dnswl::Answer;

class DnswlTest : public ::testing::Test {
 protected:
  Answer Ask(const Dnswl& dnswl, const char* client) {
    return runtime_->BlockOn(
        dnswl.Ask(net::IpAddress::Parse(client).value(),
                  net::Deadline::After(absl::Seconds(20))));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  dns::FakeResolver resolver_{R"(
    1.2.0.192.good.example  A 127.0.5.1
    2.2.0.192.good.example  A 127.0.0.255
    3.2.0.192.good.example  A 203.0.113.1
    4.2.0.192.good.example  A 127.0.9.1
    5.2.0.192.good.example  SERVFAIL
    5.2.0.192.best.example  A 127.0.5.1
    6.2.0.192.good.example  TIMEOUT
    1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.good.example A 127.0.5.2
  )"};
  const Dnswl dnswl_{
      {{"good.example", {net::Network::Parse("127.0.0.0/21").value()}},
       {"best.example", {net::Network::Parse("127.0.0.0/8").value()}}},
      absl::Seconds(1),
      &resolver_};
};

TEST_F(DnswlTest, AnAnswerWithinTheNetworksMeansYes) {
  EXPECT_EQ(Ask(dnswl_, "192.0.2.1"), Answer::kYes);
  EXPECT_EQ(Ask(dnswl_, "2001:db8::1"), Answer::kYes);
}

TEST_F(DnswlTest, NoAnswerAndOtherAnswersMeanNo) {
  EXPECT_EQ(Ask(dnswl_, "192.0.2.99"), Answer::kNo);
  EXPECT_EQ(Ask(dnswl_, "192.0.2.3"), Answer::kNo);
  EXPECT_EQ(Ask(dnswl_, "192.0.2.4"), Answer::kNo);
}

TEST_F(DnswlTest, ARefusalToAnswerIsNotAYes) {
  EXPECT_EQ(Ask(dnswl_, "192.0.2.2"), Answer::kNo);
}

TEST_F(DnswlTest, AListThatFailsIsSkipped) {
  EXPECT_EQ(Ask(dnswl_, "192.0.2.5"), Answer::kYes);
  EXPECT_EQ(Ask(dnswl_, "192.0.2.6"), Answer::kUnknown);
}

TEST_F(DnswlTest, WithoutListsNobodyIsAsked) {
  const Dnswl none({}, absl::Seconds(1), nullptr);
  EXPECT_FALSE(none.is_in_use());
  EXPECT_TRUE(dnswl_.is_in_use());
}

}  // namespace
}  // namespace postern::greylistd
