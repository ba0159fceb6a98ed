#include "mta/routing/tls_policy.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = NextHop::Kind;
using Proof = net::TlsPeer::Proof;

const NextHop kDomain = {Kind::kMx, "example.org", 25};
const NextHop kSmartHost = {Kind::kHost, "mail.example.net", 587};
const Host kMx = {"mx1.example.com", net::IpAddress::Parse("192.0.2.1").value(),
                  25};

TlsPolicy Parse(absl::string_view entry) {
  return ParseTlsPolicy(entry, TlsDefaults()).value();
}

TEST(TlsPolicyTest, AnEntryIsALevelAndAttributes) {
  const TlsPolicy policy = Parse(
      "secure match=Example.org:.example.net, protocols=>=TLSv1.3 "
      "ciphers=high servername=hostname");
  EXPECT_EQ(policy.level, TlsLevel::kSecure);
  EXPECT_THAT(policy.match, ElementsAre("example.org", ".example.net"));
  EXPECT_FALSE(policy.strength.must.versions.tls12);
  EXPECT_EQ(policy.strength.must.ciphers, net::TlsCiphers::kHigh);
  EXPECT_EQ(policy.server_name, "hostname");
}

TEST(TlsPolicyTest, EachLevelHasItsNames) {
  struct Case {
    const char* entry;
    std::vector<std::string> match;
  };
  const Case cases[] = {
      {"none", {}},
      {"may", {}},
      {"ENCRYPT", {}},
      {"fingerprint match=ab:cd|EF:01 match=23:45",
       {"AB:CD", "EF:01", "23:45"}},
      {"verify", {"hostname"}},
      {"verify match=nexthop", {"nexthop"}},
      {"secure", {"nexthop", "dot-nexthop"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.entry);
    EXPECT_EQ(Parse(c.entry).match, c.match);
  }
}

TEST(TlsPolicyTest, StrengthIsThatOfTheLevelUnlessTheEntryHasItsOwn) {
  TlsDefaults defaults;
  defaults.strength.must = {{.tls12 = false, .tls13 = true},
                            net::TlsCiphers::kHigh};
  EXPECT_TRUE(ParseTlsPolicy("may", defaults)
                  ->strength.At(TlsLevel::kMay)
                  .versions.tls12);
  EXPECT_FALSE(ParseTlsPolicy("encrypt", defaults)
                   ->strength.At(TlsLevel::kEncrypt)
                   .versions.tls12);
  const TlsPolicy own =
      ParseTlsPolicy("encrypt ciphers=medium protocols=TLSv1.2", defaults)
          .value();
  EXPECT_EQ(own.strength.must.versions,
            (net::TlsVersions{.tls12 = true, .tls13 = false}));
  EXPECT_EQ(own.strength.may.ciphers, net::TlsCiphers::kMedium);
}

TEST(TlsPolicyTest, AnEntryThatIsNotUnderstoodIsWrong) {
  struct Case {
    const char* why;
    const char* entry;
    const char* text;
  };
  const Case cases[] = {
      {"nothing", " ", "empty"},
      {"no level", "strict", "no such level: \"strict\""},
      {"an attribute first", "match=a", "no such level"},
      {"fingerprint of what?", "fingerprint", "fingerprint without match="},
      {"no attribute of ours", "secure tafile=/x", "\"tafile\""},
      {"match where none is", "encrypt match=a", "\"match\""},
      {"no value", "secure match=", "no value for \"match\""},
      {"an old version", "encrypt protocols=TLSv1", "TLSv1 is not offered"},
      {"no version", "encrypt protocols=!TLSv1.2:!TLSv1.3", "no version"},
      {"a grade of ours is not there", "encrypt ciphers=export", "\"export\""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        ParseTlsPolicy(c.entry, TlsDefaults()),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.text)));
  }
}

TEST(TlsPolicyTest, ADomainIsLookedUpWithItsParents) {
  EXPECT_THAT(
      TlsPolicyKeys({Kind::kMx, "a.example.org", 25}, 25),
      ElementsAre("a.example.org", ".example.org", ".org", "a.example.org:25"));
  EXPECT_THAT(TlsPolicyKeys({Kind::kMx, "a.example.org", 26}, 25),
              ElementsAre("a.example.org:26"));
}

TEST(TlsPolicyTest, AHostInBracketsIsLookedUpAsItIs) {
  EXPECT_THAT(TlsPolicyKeys(kSmartHost, 25),
              ElementsAre("[mail.example.net]:587"));
  EXPECT_THAT(TlsPolicyKeys(kSmartHost, 587),
              ElementsAre("[mail.example.net]", "[mail.example.net]:587"));
}

TEST(TlsPolicyTest, NamesAreThoseOfTheHostOrOfTheNextHop) {
  EXPECT_THAT(DemandOf(Parse("verify"), kDomain, kMx).peer.names,
              ElementsAre("mx1.example.com"));
  EXPECT_THAT(DemandOf(Parse("secure"), kDomain, kMx).peer.names,
              ElementsAre("example.org", ".example.org"));
  EXPECT_THAT(DemandOf(Parse("secure match=hostname:.other.org"), kDomain, kMx)
                  .peer.names,
              ElementsAre("mx1.example.com", ".other.org"));
  const NextHop address = {Kind::kHost, "192.0.2.1", 25};
  EXPECT_THAT(DemandOf(Parse("secure"), address, kMx).peer.names,
              ElementsAre("192.0.2.1"));
}

TEST(TlsPolicyTest, OnlyProofThatNoDnsMadeUpIsTrusted) {
  struct Case {
    const char* entry;
    const NextHop& hop;
    bool is_proof;
    bool is_trusted;
  };
  const Case cases[] = {
      {"encrypt", kSmartHost, false, false},
      {"verify", kDomain, true, false},
      {"verify", kSmartHost, true, true},
      {"verify match=mx.example.org", kDomain, true, true},
      {"secure", kDomain, true, true},
      {"secure match=nexthop:hostname", kDomain, true, false},
      {"fingerprint match=AB", kDomain, true, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.entry);
    Host host = kMx;
    if (c.hop.kind == Kind::kHost) host.name = c.hop.host;
    const TlsDemand demand = DemandOf(Parse(c.entry), c.hop, host);
    EXPECT_EQ(demand.is_proof(), c.is_proof);
    EXPECT_EQ(demand.is_host_trusted, c.is_trusted);
  }
}

TEST(TlsPolicyTest, TheNameThatIsAskedForIsTheHostsOrTheEntrys) {
  EXPECT_EQ(DemandOf(Parse("may"), kDomain, kMx).peer.server_name,
            "mx1.example.com");
  EXPECT_EQ(
      DemandOf(Parse("may servername=hostname"), kDomain, kMx).peer.server_name,
      "mx1.example.com");
  EXPECT_EQ(DemandOf(Parse("may servername=Example.org"), kDomain, kMx)
                .peer.server_name,
            "example.org");
}

TEST(TlsPolicyTest, SessionsAreNotSharedByDifferentDemands) {
  const std::string may = DemandOf(Parse("may"), kDomain, kMx).peer.session_key;
  for (const char* entry :
       {"encrypt", "verify", "secure", "fingerprint match=AB",
        "may ciphers=high", "may protocols=TLSv1.3", "may servername=x"}) {
    EXPECT_NE(DemandOf(Parse(entry), kDomain, kMx).peer.session_key, may)
        << entry;
  }
  Host other = kMx;
  other.port = 26;
  EXPECT_NE(DemandOf(Parse("may"), kDomain, other).peer.session_key, may);
  EXPECT_EQ(DemandOf(Parse("may"), kSmartHost, kMx).peer.session_key, may);
}

TEST(TlsPolicyTest, DaneNeedsADnsThatCanBeTrusted) {
  EXPECT_EQ(Parse("dane").level, TlsLevel::kDane);
  EXPECT_EQ(Parse("dane-only protocols=TLSv1.3").level, TlsLevel::kDaneOnly);
  TlsDefaults defaults;
  defaults.has_dnssec = false;
  EXPECT_THAT(ParseTlsPolicy("dane-only", defaults),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dane-only needs dns.dnssec"));
}

TEST(TlsPolicyTest, WithoutARecordDaneIsMay) {
  const TlsDemand demand = DemandOf(Parse("dane"), kDomain, kMx);
  EXPECT_EQ(demand.level, TlsLevel::kMay);
  EXPECT_FALSE(demand.is_proof());
}

TEST(TlsPolicyTest, ASessionBelongsToItsRecordsAndToHowMuchTheyCount) {
  TlsDemand demand = BasicDemand(Parse("dane"), TlsLevel::kDane, kMx);
  const std::string without = demand.peer.session_key;
  demand.peer.tlsa = {{3, 1, 1, "one"}};
  SetSessionKey(kMx, demand);
  const std::string one = demand.peer.session_key;
  EXPECT_NE(one, without);
  demand.peer.tlsa = {{3, 1, 1, "two"}};
  SetSessionKey(kMx, demand);
  EXPECT_NE(demand.peer.session_key, one);
  demand.peer.proof = Proof::kName;
  EXPECT_TRUE(demand.is_proof());
  demand.peer.is_lenient = true;
  EXPECT_FALSE(demand.is_proof());
}

}  // namespace
}  // namespace postern::mta::routing
