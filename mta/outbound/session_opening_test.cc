// STARTTLS; greeting and EHLO are in session_test.cc and
// session_trouble_test.cc.

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/test_certificate.h"
#include "lib/net/tls.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/session_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const Script kOffer = {"> 220 mx", "< EHLO", ">> 250-mx\r\n250 STARTTLS\r\n"};

Script After(Script first, const Script& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

// All of a conversation after the greeting.
const Script kRest(kPlain.begin() + 1, kPlain.end());

class SessionTlsTest : public SessionFixture {
 protected:
  SessionTlsTest() {
    identity_ = net::MakeTestCertificate("mx.example.org");
    EXPECT_TRUE(WriteFile(ca_file_, identity_.certificate).ok());
    options_.tls_timeout = absl::Seconds(5);
    options_.tls.peer = {.server_name = "mx.example.org",
                         .names = {"mx.example.org"}};
    Want(TlsLevel::kMay);
  }

  void Want(TlsLevel level) {
    const bool is_verified = level == TlsLevel::kVerify;
    context_ = net::TlsContext::CreateClient(
                   {.ca_file = ca_file_, .verify_peer = is_verified})
                   .value();
    options_.tls.level = level;
    options_.tls.peer.proof =
        is_verified ? net::TlsPeer::Proof::kName : net::TlsPeer::Proof::kNone;
    options_.tls_context = context_.get();
  }

  const testing::TempDir dir_;
  const std::string ca_file_ = dir_.path() + "/ca.pem";
  std::unique_ptr<net::TlsContext> context_;
};

TEST_F(SessionTlsTest, AllGoesOnUnderTlsAndBeginsAnew) {
  for (const TlsLevel level :
       {TlsLevel::kMay, TlsLevel::kEncrypt, TlsLevel::kVerify}) {
    Want(level);
    const Course course =
        Run(After(kOffer, After({"< STARTTLS", "> 220 go", "tls"}, kRest)));
    EXPECT_THAT(course.outcomes, Each(StartsWith("sent"))) << course.refusal;
    EXPECT_THAT(received_,
                ElementsAre("EHLO relay.example.net", "STARTTLS",
                            "EHLO relay.example.net", "MAIL FROM:<s@y>",
                            StartsWith("RCPT"), StartsWith("RCPT"), "DATA",
                            StartsWith("Subject"), "QUIT"));
  }
}

TEST_F(SessionTlsTest, WhatWasOfferedInTheClearIsForgotten) {
  const Course course =
      Run(After({"> 220 mx", "< EHLO",
                 ">> 250-mx\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 SIZE\r\n",
                 "< STARTTLS", "> 220 go", "tls"},
                kRest));
  EXPECT_THAT(course.outcomes, Each(StartsWith("sent")));
  EXPECT_THAT(received_, Contains("MAIL FROM:<s@y>"));
}

TEST_F(SessionTlsTest, WhereItMayBeTheMailGoesWithoutToo) {
  for (const Script& begin :
       {Script{"> 220 mx"}, After(kOffer, {"< STARTTLS", "> 454 no"}),
        After(kOffer, {"< STARTTLS", "> 502 what"})}) {
    const Script rest =
        begin.size() == 1 ? kRest : Script(kRest.begin() + 2, kRest.end());
    const Course course = Run(After(begin, rest));
    EXPECT_THAT(course.outcomes, Each(StartsWith("sent"))) << course.refusal;
  }
}

TEST_F(SessionTlsTest, WhereItMustBeTheMailWaits) {
  struct Case {
    Script script;
    const char* refusal;
  };
  for (const TlsLevel level : {TlsLevel::kEncrypt, TlsLevel::kVerify}) {
    Want(level);
    for (const Case& c :
         {Case{{"> 220 mx", "< EHLO", "> 250 mx"},
               "deferred 4.7.4 TLS is required, but was not offered by mx:25"},
          Case{After(kOffer, {"< STARTTLS", "> 454 no"}),
               "deferred 4.7.4 TLS is required, but mx:25 refused to start it: "
               "454 no"}}) {
      const Course course = Run(c.script);
      EXPECT_EQ(course.refusal, c.refusal);
      EXPECT_THAT(course.outcomes, IsEmpty());
      EXPECT_THAT(received_, Not(Contains(StartsWith("MAIL"))));
    }
  }
}

TEST_F(SessionTlsTest, MTA19WhatFollowsThe220InTheClearEndsTheSession) {
  const Course course =
      Run(After(kOffer, {"< STARTTLS", ">> 220 go\r\n250-mx\r\n"}));
  EXPECT_THAT(course.refusal, StartsWith("deferred 4.5.0 protocol error"));
  EXPECT_THAT(received_, ElementsAre(StartsWith("EHLO"), "STARTTLS"));
}

TEST_F(SessionTlsTest, MTA21AHandshakeThatFailsIsFollowedByNothing) {
  const Course course = Run(
      After(kOffer, {"< STARTTLS", "> 220 go", "hang", "> no TLS", "hang"}));
  EXPECT_THAT(course.refusal,
              StartsWith("deferred 4.7.5 cannot start TLS with mx:25: "));
  EXPECT_FALSE(course.was_usable);
}

TEST_F(SessionTlsTest, ACertificateForAnotherHostIsRefusedWhereItCounts) {
  options_.tls.peer.names = {"other.example.org"};
  const Script script =
      After(kOffer, After({"< STARTTLS", "> 220 go", "tls"}, kRest));
  EXPECT_THAT(Run(script).outcomes, Each(StartsWith("sent")));
  Want(TlsLevel::kVerify);
  EXPECT_THAT(Run(script).refusal, HasSubstr("hostname mismatch"));
}

TEST_F(SessionTlsTest, AKnownFingerprintIsProofWithoutAnyAuthority) {
  const Script script =
      After(kOffer, After({"< STARTTLS", "> 220 go", "tls"}, kRest));
  Want(TlsLevel::kFingerprint);
  options_.tls.fingerprints = {"AB:CD"};
  const Course refused = Run(script);
  EXPECT_THAT(refused.refusal,
              StartsWith("deferred 4.7.5 cannot start TLS with mx:25: none of "
                         "the fingerprints"));
  EXPECT_THAT(refused.outcomes, IsEmpty());
  options_.tls.fingerprints.push_back(net::FingerprintOf(identity_));
  EXPECT_THAT(Run(script).outcomes, Each(StartsWith("sent")));
}

TEST_F(SessionTlsTest, RequiretlsIsPromisedOnlyByAHostThatIsKnownForSure) {
  parcel_.requiretls = true;
  const Script script =
      After(kOffer, After({"< STARTTLS", "> 220 go", "tls", "< EHLO",
                           ">> 250-mx\r\n250 REQUIRETLS\r\n"},
                          Script(kRest.begin() + 2, kRest.end())));
  Want(TlsLevel::kVerify);
  EXPECT_THAT(Run(script).outcomes, Each(StartsWith("bounced 5.7.30")));
  options_.tls.is_host_trusted = true;
  EXPECT_THAT(Run(script).outcomes, Each(StartsWith("sent")));
  EXPECT_THAT(received_, Contains("MAIL FROM:<s@y> REQUIRETLS"));
}

}  // namespace
}  // namespace postern::mta::outbound
