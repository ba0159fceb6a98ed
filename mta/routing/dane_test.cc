#include "mta/routing/dane.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "mta/routing/own_endpoints.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kDigest(64, 'a');  // Of 32 bytes, in hexadecimal.

class DaneTest : public ::testing::Test {
 protected:
  // Looks for the records of a host of this name as the zone has it.
  absl::StatusOr<TlsaFound> Find(const std::string& name) {
    const MxFinder finder(dns_, own_, 5);
    const net::Deadline soon = net::Deadline::After(absl::Seconds(5));
    const NextHop hop = {NextHop::Kind::kHost, name, 25};
    const Candidates hosts = runtime_->BlockOn(finder.Find(hop, soon));
    return runtime_->BlockOn(FindTlsa(dns_, hosts.hosts.at(0), soon));
  }

  void AddTlsa(const std::string& name, const std::string& data,
               bool is_secure = true) {
    dns_.Add(absl::StrCat("_25._tcp.", name, " TLSA ", data,
                          is_secure ? " ; secure" : ""));
  }

  dns::FakeResolver dns_{R"(
    mx.example     A      192.0.2.1       ; secure
    plain.example  A      192.0.2.2
    alias.example  CNAME  mx.example      ; secure
    out.example    CNAME  plain.example   ; secure
    way.example    CNAME  plain.example
  )"};
  OwnEndpoints own_{"relay.example.net", {}};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
};

TEST_F(DaneTest, TheRecordsStandBelowTheHostByItsPort) {
  AddTlsa("mx.example", "3 1 1 " + kDigest);
  const absl::StatusOr<TlsaFound> found = Find("mx.example");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->base, "mx.example");
  EXPECT_THAT(found->usable, SizeIs(1));
  EXPECT_THAT(found->strings, ElementsAre("3 1 1 " + kDigest));
}

TEST_F(DaneTest, AHostWithoutRecordsHasNone) {
  const absl::StatusOr<TlsaFound> found = Find("mx.example");
  ASSERT_THAT(found, IsOk());
  EXPECT_FALSE(found->is_any());
}

TEST_F(DaneTest, OnlyRecordsOfUsages2And3AreUsable) {
  AddTlsa("mx.example", "0 1 1 " + kDigest);
  AddTlsa("mx.example", "1 1 1 " + kDigest);
  AddTlsa("mx.example", "3 1 1 abcd");
  const absl::StatusOr<TlsaFound> found = Find("mx.example");
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->is_any());
  EXPECT_THAT(found->usable, IsEmpty());
  EXPECT_THAT(found->strings, SizeIs(3));
}

TEST_F(DaneTest, InsecureRecordsAreAsIfTheyWereNotThere) {
  AddTlsa("mx.example", "3 1 1 " + kDigest, /*is_secure=*/false);
  EXPECT_FALSE(Find("mx.example")->is_any());
}

TEST_F(DaneTest, AHostWithInsecureAddressesIsNotAskedAbout) {
  AddTlsa("plain.example", "3 1 1 " + kDigest);
  EXPECT_FALSE(Find("plain.example")->is_any());
  EXPECT_FALSE(Find("127.0.0.1")->is_any());
  EXPECT_THAT(dns_.questions(),
              ::testing::Not(::testing::Contains(::testing::EndsWith("TLSA"))));
}

TEST_F(DaneTest, TheEndOfAnAliasComesBeforeItsBeginning) {
  AddTlsa("alias.example", "3 1 1 " + kDigest);
  EXPECT_EQ(Find("alias.example")->base, "alias.example");
  AddTlsa("mx.example", "3 1 1 " + kDigest);
  EXPECT_EQ(Find("alias.example")->base, "mx.example");
}

TEST_F(DaneTest, AnAliasThatLeadsOutOfTheSignedZoneHasOnlyItsOwnRecords) {
  AddTlsa("plain.example", "3 1 1 " + kDigest);
  AddTlsa("out.example", "3 1 1 " + kDigest);
  EXPECT_EQ(Find("out.example")->base, "out.example");
  AddTlsa("way.example", "3 1 1 " + kDigest);
  EXPECT_FALSE(Find("way.example")->is_any());
}

TEST_F(DaneTest, WhatCannotBeHadIsNotTakenForNothing) {
  AddTlsa("mx.example", "SERVFAIL");
  EXPECT_THAT(Find("mx.example"), StatusIs(absl::StatusCode::kUnavailable));
  AddTlsa("alias.example", "3 1 1 " + kDigest);
  EXPECT_THAT(Find("alias.example"), StatusIs(absl::StatusCode::kUnavailable));
  dns_.Reset("mx.example A 192.0.2.1 ; secure");
  AddTlsa("mx.example", "TIMEOUT");
  EXPECT_THAT(Find("mx.example"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace postern::mta::routing
