#include "mta/routing/host_tls.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using Kind = AppliedTlsPolicy::Kind;
using Mode = StsPolicy::Mode;
using Proof = net::TlsPeer::Proof;

const NextHop kDomain = {NextHop::Kind::kMx, "example.org", 25};

Host SecureHost() {
  Host host = {"mx1.example.net", net::IpAddress::Parse("192.0.2.1").value(),
               25};
  host.is_name_secure = true;
  host.is_address_secure = true;
  host.canonical_name = host.name;
  return host;
}

TlsaFound Usable() {
  return {.base = "mx1.example.net",
          .usable = {{3, 1, 1, std::string(32, 'a')}},
          .strings = {"3 1 1 6161"}};
}

HopTls At(TlsLevel level) { return {.policy = TlsDefaults().Of(level)}; }

HopTls WithPolicy(TlsLevel level, Mode mode, std::vector<std::string> mx) {
  HopTls hop = At(level);
  hop.sts.policy = {
      .mode = mode, .mx = std::move(mx), .max_age = absl::Hours(1)};
  return hop;
}

HostTls Of(const HopTls& hop, const Host& host = SecureHost(),
           const absl::StatusOr<TlsaFound>& tlsa = TlsaFound()) {
  return HostTlsOf(hop, kDomain, host, tlsa);
}

TEST(HostTlsTest, WithRecordsTheHostHasToBeTheirs) {
  const HostTls tls = Of(At(TlsLevel::kDane), SecureHost(), Usable());
  EXPECT_EQ(tls.refusal, "");
  EXPECT_EQ(tls.demand.level, TlsLevel::kDane);
  EXPECT_EQ(tls.demand.peer.proof, Proof::kTlsa);
  EXPECT_EQ(tls.demand.peer.server_name, "mx1.example.net");
  EXPECT_THAT(tls.demand.peer.names,
              ElementsAre("mx1.example.net", "example.org"));
  EXPECT_TRUE(tls.demand.is_host_trusted);
  EXPECT_EQ(tls.finding.policy.kind, Kind::kTlsa);
  EXPECT_EQ(tls.finding.policy.domain, "example.org");
  EXPECT_THAT(tls.finding.policy.strings, ElementsAre("3 1 1 6161"));
}

TEST(HostTlsTest, TheNameAtTheEndOfAnAliasIsTheOneAskedFor) {
  TlsaFound tlsa = Usable();
  tlsa.base = "real.example.net";
  const HostTls tls = Of(At(TlsLevel::kDaneOnly), SecureHost(), tlsa);
  EXPECT_EQ(tls.demand.peer.server_name, "real.example.net");
  EXPECT_EQ(tls.demand.peer.names.front(), "real.example.net");
}

TEST(HostTlsTest, WithoutRecordsDaneIsMayAndDaneOnlyRefuses) {
  const HostTls may = Of(At(TlsLevel::kDane));
  EXPECT_EQ(may.refusal, "");
  EXPECT_EQ(may.demand.level, TlsLevel::kMay);
  EXPECT_EQ(may.finding.policy.kind, Kind::kNoneFound);
  const HostTls only = Of(At(TlsLevel::kDaneOnly));
  EXPECT_THAT(only.refusal, HasSubstr("no secure TLSA records"));
  EXPECT_THAT(only.finding.failure, Optional(TlsFailure::kDaneRequired));
}

TEST(HostTlsTest, RecordsThatCannotBeUsedMakeTlsAMustForAnybody) {
  TlsaFound tlsa = Usable();
  tlsa.usable.clear();
  const HostTls tls = Of(At(TlsLevel::kDane), SecureHost(), tlsa);
  EXPECT_EQ(tls.demand.level, TlsLevel::kEncrypt);
  EXPECT_FALSE(tls.demand.is_proof());
  EXPECT_EQ(tls.finding.policy.kind, Kind::kTlsa);
  EXPECT_THAT(Of(At(TlsLevel::kDaneOnly), SecureHost(), tlsa).refusal,
              HasSubstr("none of its TLSA records is usable"));
}

TEST(HostTlsTest, RecordsThatCannotBeHadAreNeverPassedOver) {
  HopTls hop = WithPolicy(TlsLevel::kDane, Mode::kEnforce, {"*.example.net"});
  const HostTls tls = Of(hop, SecureHost(), absl::UnavailableError("bogus"));
  EXPECT_EQ(tls.refusal, "DANE: its TLSA records cannot be had: bogus");
  EXPECT_THAT(tls.finding.failure, Optional(TlsFailure::kDnssecInvalid));
}

TEST(HostTlsTest, AnMxWithoutDnssecIsTakenAsTheSettingHasIt) {
  Host host = SecureHost();
  host.is_name_secure = false;
  HopTls hop = At(TlsLevel::kDane);
  EXPECT_TRUE(NeedsTlsa(hop.policy, host));
  const HostTls dane = Of(hop, host, Usable());
  EXPECT_EQ(dane.demand.peer.proof, Proof::kTlsa);
  EXPECT_FALSE(dane.demand.is_host_trusted);
  hop.policy.insecure_mx = TlsLevel::kEncrypt;
  const HostTls encrypt = Of(hop, host, Usable());
  EXPECT_EQ(encrypt.demand.level, TlsLevel::kEncrypt);
  EXPECT_EQ(encrypt.demand.peer.proof, Proof::kNone);
  hop.policy.insecure_mx = TlsLevel::kMay;
  EXPECT_FALSE(NeedsTlsa(hop.policy, host));
  EXPECT_EQ(Of(hop, host, Usable()).demand.level, TlsLevel::kMay);
  EXPECT_FALSE(NeedsTlsa(At(TlsLevel::kDaneOnly).policy, host));
  EXPECT_THAT(Of(At(TlsLevel::kDaneOnly), host, Usable()).refusal,
              HasSubstr("MX is without DNSSEC"));
}

TEST(HostTlsTest, NobodyElseAsksForRecords) {
  EXPECT_FALSE(NeedsTlsa(At(TlsLevel::kMay).policy, SecureHost()));
  EXPECT_FALSE(NeedsTlsa(At(TlsLevel::kSecure).policy, SecureHost()));
  Host socket = {"unix", {}, 0, "/run/lmtp"};
  socket.is_name_secure = true;
  EXPECT_FALSE(NeedsTlsa(At(TlsLevel::kDane).policy, socket));
  EXPECT_EQ(Of(At(TlsLevel::kDaneOnly), socket).demand.level, TlsLevel::kNone);
}

TEST(HostTlsTest, AnEnforcedPolicyWantsItsHostsUnderTheirNames) {
  const HostTls tls =
      Of(WithPolicy(TlsLevel::kMay, Mode::kEnforce, {"*.example.net"}));
  EXPECT_EQ(tls.refusal, "");
  EXPECT_EQ(tls.demand.level, TlsLevel::kVerify);
  EXPECT_THAT(tls.demand.peer.names, ElementsAre("mx1.example.net"));
  EXPECT_TRUE(tls.demand.is_proof());
  EXPECT_TRUE(tls.demand.is_host_trusted);
  EXPECT_EQ(tls.finding.policy.kind, Kind::kSts);
  EXPECT_THAT(tls.finding.policy.mx_patterns, ElementsAre("*.example.net"));
}

TEST(HostTlsTest, AnEnforcedPolicyRefusesAnyOtherHost) {
  const HostTls tls =
      Of(WithPolicy(TlsLevel::kMay, Mode::kEnforce, {"mx.example.org"}));
  EXPECT_THAT(tls.refusal, HasSubstr("mx1.example.net is not a host of"));
  EXPECT_THAT(tls.finding.failure, Optional(TlsFailure::kValidationFailure));
}

TEST(HostTlsTest, ATestedPolicyBarsNoMailAndProvesNothing) {
  const HostTls tls =
      Of(WithPolicy(TlsLevel::kMay, Mode::kTesting, {"*.example.net"}));
  EXPECT_EQ(tls.demand.level, TlsLevel::kMay);
  EXPECT_EQ(tls.demand.peer.proof, Proof::kName);
  EXPECT_TRUE(tls.demand.peer.is_lenient);
  EXPECT_FALSE(tls.demand.is_proof());
  EXPECT_FALSE(tls.demand.is_host_trusted);
  const HostTls other =
      Of(WithPolicy(TlsLevel::kMay, Mode::kTesting, {"mx.example.org"}));
  EXPECT_EQ(other.refusal, "");
  EXPECT_THAT(other.finding.failure, Optional(TlsFailure::kValidationFailure));
}

TEST(HostTlsTest, APolicyOfTheModeNoneIsNone) {
  const HostTls tls = Of(WithPolicy(TlsLevel::kMay, Mode::kNone, {}));
  EXPECT_EQ(tls.finding.policy.kind, Kind::kNoneFound);
  EXPECT_EQ(tls.demand.peer.proof, Proof::kNone);
}

TEST(HostTlsTest, RecordsComeBeforeAPolicy) {
  const HopTls hop =
      WithPolicy(TlsLevel::kDane, Mode::kEnforce, {"mx.example.org"});
  const HostTls tls = Of(hop, SecureHost(), Usable());
  EXPECT_EQ(tls.refusal, "");
  EXPECT_EQ(tls.finding.policy.kind, Kind::kTlsa);
  EXPECT_THAT(Of(hop).refusal, HasSubstr("MTA-STS"));
}

TEST(HostTlsTest, APolicyThatCouldNotBeHadIsToldOfAndBarsNoMail) {
  HopTls hop = At(TlsLevel::kMay);
  hop.sts = {.failure = TlsFailure::kStsPolicyFetchError, .detail = "404"};
  const HostTls tls = Of(hop);
  EXPECT_EQ(tls.refusal, "");
  EXPECT_EQ(tls.demand.level, TlsLevel::kMay);
  EXPECT_THAT(tls.finding.failure, Optional(TlsFailure::kStsPolicyFetchError));
  EXPECT_EQ(tls.finding.policy.kind, Kind::kSts);
}

TEST(HostTlsTest, AHostOfTheSettingsIsNoDomainToReportTo) {
  const NextHop host = {NextHop::Kind::kHost, "mx1.example.net", 25};
  const HostTls tls =
      HostTlsOf(At(TlsLevel::kDane), host, SecureHost(), Usable());
  EXPECT_EQ(tls.finding.policy.domain, "");
  EXPECT_THAT(tls.demand.peer.names, ElementsAre("mx1.example.net"));
}

TEST(HostTlsTest, AFaultIsCalledByWhatWasToBeProved) {
  TlsDemand demand;
  using net::TlsFault;
  EXPECT_EQ(FailureOf(TlsFault::kHandshake, demand),
            TlsFailure::kValidationFailure);
  EXPECT_EQ(FailureOf(TlsFault::kHostMismatch, demand),
            TlsFailure::kCertificateHostMismatch);
  EXPECT_EQ(FailureOf(TlsFault::kExpired, demand),
            TlsFailure::kCertificateExpired);
  EXPECT_EQ(FailureOf(TlsFault::kNotTrusted, demand),
            TlsFailure::kCertificateNotTrusted);
  demand.peer.proof = Proof::kTlsa;
  EXPECT_EQ(FailureOf(TlsFault::kNotTrusted, demand), TlsFailure::kTlsaInvalid);
  EXPECT_EQ(FailureOf(TlsFault::kTlsaMismatch, demand),
            TlsFailure::kTlsaInvalid);
}

TEST(HostTlsTest, APolicyIsAskedForWhereADomainsOwnWordMayCount) {
  TlsPolicy policy = At(TlsLevel::kMay).policy;
  EXPECT_TRUE(NeedsSts(policy, kDomain));
  EXPECT_TRUE(NeedsSts(At(TlsLevel::kDane).policy, kDomain));
  for (const TlsLevel level :
       {TlsLevel::kNone, TlsLevel::kEncrypt, TlsLevel::kDaneOnly,
        TlsLevel::kFingerprint, TlsLevel::kVerify, TlsLevel::kSecure}) {
    EXPECT_FALSE(NeedsSts(At(level).policy, kDomain)) << NameOf(level);
  }
  NextHop other = kDomain;
  other.kind = NextHop::Kind::kHost;
  EXPECT_FALSE(NeedsSts(policy, other));
  other = kDomain;
  other.others.push_back({NextHop::Kind::kMx, "example.net", 25});
  EXPECT_FALSE(NeedsSts(policy, other));
  other = kDomain;
  other.is_lmtp = true;
  EXPECT_FALSE(NeedsSts(policy, other));
  policy.is_entry = true;
  EXPECT_FALSE(NeedsSts(policy, kDomain));
}

}  // namespace
}  // namespace postern::mta::routing
