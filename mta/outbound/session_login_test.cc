// AUTH. That real servers are content is in tests/interop.

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/test_certificate.h"
#include "lib/net/tls.h"
#include "mta/outbound/session_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

std::string Base64(absl::string_view text) { return absl::Base64Escape(text); }

const std::string kPlainResponse =
    Base64(absl::string_view("\0jean\0fr0mage", 13));

// MAIL and what follows.
const Script kMessage(kPlain.begin() + 3, kPlain.end());

class SessionLoginTest : public SessionFixture {
 protected:
  SessionLoginTest() {
    options_.sasl = &rules_;
    options_.login = {{"jean", "fr0mage"}};
    options_.host_name = "mx.example.org";
    rules_.filter = sasl::MechanismFilter::Create({"static:rest"}).value();
    rules_.only_encrypted = false;
  }

  // Greets, offers `auth` and goes on with `exchange`, then with a message.
  Course LogIn(const std::string& auth, const Script& exchange) {
    Script script = {"> 220 mx", "< EHLO",
                     absl::StrCat(">> 250-mx\r\n250 ", auth, "\r\n")};
    script.insert(script.end(), exchange.begin(), exchange.end());
    script.insert(script.end(), kMessage.begin(), kMessage.end());
    return Run(script);
  }

  void WantTls() {
    identity_ = net::MakeTestCertificate("mx.example.org");
    context_ = net::TlsContext::CreateClient({.verify_peer = false}).value();
    options_.tls.level = TlsLevel::kEncrypt;
    options_.tls.peer.proof = net::TlsPeer::Proof::kNone;
    options_.tls_context = context_.get();
    rules_.only_encrypted = true;
  }

  SaslRules rules_;
  std::unique_ptr<net::TlsContext> context_;
};

TEST_F(SessionLoginTest, SaysWhoWeAreBeforeAnyMail) {
  const Course course = LogIn("AUTH PLAIN", {"< AUTH", "> 235 2.7.0 welcome"});
  EXPECT_THAT(course.outcomes, Each(StartsWith("sent"))) << course.refusal;
  EXPECT_THAT(
      received_,
      ElementsAre("EHLO relay.example.net",
                  absl::StrCat("AUTH PLAIN ", kPlainResponse),
                  "MAIL FROM:<s@y> AUTH=<>", StartsWith("RCPT"),
                  StartsWith("RCPT"), "DATA", StartsWith("Subject"), "QUIT"));
}

TEST_F(SessionLoginTest, AnswersChallenges) {
  const Course course =
      LogIn("AUTH=LOGIN",
            {"< AUTH LOGIN", absl::StrCat("> 334 ", Base64("Username:")),
             absl::StrCat("< ", Base64("jean")),
             absl::StrCat("> 334 ", Base64("Password:")),
             absl::StrCat("< ", Base64("fr0mage")), "> 235 welcome"});
  EXPECT_THAT(course.outcomes, Each(StartsWith("sent"))) << course.refusal;
}

TEST_F(SessionLoginTest, WhatDoesNotFitIntoACommandIsSaidAfterIt) {
  options_.login->password = std::string(600, 'x');
  const Course course =
      LogIn("AUTH PLAIN", {"< AUTH PLAIN", "> 334 ", "< ", "> 235 welcome"});
  EXPECT_THAT(course.outcomes, Each(StartsWith("sent"))) << course.refusal;
  EXPECT_THAT(received_, Contains("AUTH PLAIN"));
}

TEST_F(SessionLoginTest, GoesWithoutWhereAuthIsNotOffered) {
  EXPECT_THAT(LogIn("SIZE", {}).outcomes, Each(StartsWith("sent")));
  EXPECT_THAT(received_, Contains("MAIL FROM:<s@y> SIZE=25"));
}

TEST_F(SessionLoginTest, WithoutALoginAuthIsNotUsed) {
  options_.login.reset();
  EXPECT_THAT(LogIn("AUTH PLAIN", {}).outcomes, Each(StartsWith("sent")));
  EXPECT_THAT(received_, Contains("MAIL FROM:<s@y> AUTH=<>"));
  options_.sasl = nullptr;
  EXPECT_THAT(LogIn("AUTH PLAIN", {}).outcomes, Each(StartsWith("sent")));
  EXPECT_THAT(received_, Contains("MAIL FROM:<s@y>"));
}

TEST_F(SessionLoginTest, MTA20NothingIsSaidWithoutTls) {
  rules_.only_encrypted = true;
  for (const char* auth : {"AUTH PLAIN", "SIZE"}) {
    const Course course = LogIn(auth, {});
    EXPECT_EQ(course.refusal,
              "deferred 4.7.11 there is a password for mx:25, but no TLS that "
              "keeps it secret");
    EXPECT_THAT(received_, ElementsAre(StartsWith("EHLO")));
  }
}

TEST_F(SessionLoginTest, UnderTlsItIsSaidAfterTheSecondGreeting) {
  WantTls();
  rules_.clear.no_plaintext = true;
  const Course course =
      LogIn("STARTTLS", {"< STARTTLS", "> 220 go", "tls", "< EHLO",
                         ">> 250-mx\r\n250 AUTH PLAIN\r\n", "< AUTH PLAIN",
                         "> 235 welcome"});
  EXPECT_THAT(course.outcomes, Each(StartsWith("sent"))) << course.refusal;
}

TEST_F(SessionLoginTest, TlsMayBeThereFromTheFirstByte) {
  WantTls();
  options_.tls_wrapper = true;
  Script script = {
      "tls",          "> 220 mx",
      "< EHLO",       ">> 250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
      "< AUTH PLAIN", "> 235 welcome"};
  script.insert(script.end(), kMessage.begin(), kMessage.end());
  EXPECT_THAT(Run(script).outcomes, Each(StartsWith("sent")));
  EXPECT_THAT(received_, Not(Contains("STARTTLS")));
  EXPECT_THAT(Run({"> 220 mx", "< EHLO"}).refusal,
              StartsWith("deferred 4.7.5 cannot start TLS with mx:25: "));
}

TEST_F(SessionLoginTest, OnlyWhatTheRulesAllowIsAMechanism) {
  rules_.clear.no_plaintext = true;
  EXPECT_THAT(LogIn("AUTH PLAIN LOGIN", {}).refusal,
              AllOf(StartsWith("deferred 4.7.0 SASL authentication with mx:25 "
                               "failed: "),
                    HasSubstr("mechanism")));
  rules_.clear.no_plaintext = false;
  rules_.filter = sasl::MechanismFilter::Create({"login"}).value();
  EXPECT_THAT(LogIn("AUTH PLAIN", {}).refusal, StartsWith("deferred 4.7.0"));
  EXPECT_THAT(received_, ElementsAre(StartsWith("EHLO")));
}

TEST_F(SessionLoginTest, WhatIsRefusedWaitsUnlessItIsToBounce) {
  const Script refusal = {"< AUTH", "> 535 5.7.8 wrong"};
  const Course waits = LogIn("AUTH PLAIN", refusal);
  EXPECT_EQ(waits.refusal,
            "deferred 4.7.8 SASL authentication failed; server mx:25 said: 535 "
            "5.7.8 wrong");
  EXPECT_THAT(waits.outcomes, IsEmpty());
  rules_.soft_bounce = false;
  EXPECT_THAT(LogIn("AUTH PLAIN", refusal).refusal,
              StartsWith("bounced 5.7.8 SASL authentication failed"));
  EXPECT_THAT(LogIn("AUTH PLAIN", {"< AUTH", "> 454 4.7.0 later"}).refusal,
              StartsWith("deferred 4.7.0"));
}

TEST_F(SessionLoginTest, AServerWithoutItsProofGetsNoMail) {
  const Course course =
      LogIn("AUTH SCRAM-SHA-256", {"< AUTH SCRAM-SHA-256", "> 235 fine"});
  EXPECT_THAT(course.refusal, HasSubstr("does not prove who it is"));
  EXPECT_THAT(course.outcomes, IsEmpty());
}

TEST_F(SessionLoginTest, NonsenseEndsTheSession) {
  for (const Script& exchange :
       {Script{"< AUTH", "> 334 %%%"}, Script{"< AUTH", "> 354 go"},
        Script{"< AUTH", "what"}, Script{"< AUTH"},
        Script{"< AUTH", ">> 334 eA==\r\n", "< ", ">> 334 eA==\r\n",
               "loop 5"}}) {
    Script script = {"> 220 mx", "< EHLO", ">> 250-mx\r\n250 AUTH LOGIN\r\n"};
    script.insert(script.end(), exchange.begin(), exchange.end());
    const Course course = Run(script);
    EXPECT_THAT(course.refusal, StartsWith("deferred 4."));
    EXPECT_THAT(received_, Not(Contains(StartsWith("MAIL"))));
  }
}

}  // namespace
}  // namespace postern::mta::outbound
