#include "mta/server/auth_cyrus.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/sasl/client.h"
#include "mta/server/test_passwords.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

class AuthCyrusTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!SaslDatabase::IsInstalled()) GTEST_SKIP() << SaslDatabase::kMissing;
    database_.Add("jean", "mx.example.org", "fr0mage");
    options_.hostname = "mx.example.org";
    options_.filter = Filter({"!ntlm", "static:rest"});
    options_.clear.no_anonymous = options_.encrypted.no_anonymous = true;
    options_.settings = {{"pwcheck_method", "auxprop"},
                         {"auxprop_plugin", "sasldb"},
                         {"sasldb_path", database_.path()}};
  }

  static sasl::MechanismFilter Filter(std::vector<std::string> elements) {
    return sasl::MechanismFilter::Create(elements).value();
  }

  std::shared_ptr<const CyrusServer> Server() const {
    return CyrusServer::Create(options_).value();
  }

  // Says PLAIN's one response.
  AuthAnswer Plain(const std::string& user, const std::string& password) {
    CyrusExchange exchange(Server(), /*is_encrypted=*/true);
    const std::string nul(1, '\0');
    return exchange.Advance(
        {.mechanism = "PLAIN", .response = nul + user + nul + password});
  }

  // The whole exchange of a well-behaved client.
  AuthAnswer Authenticate(const std::string& mechanism,
                          const std::string& password,
                          bool says_something_first) {
    sasl::ClientExchange client({"jean", password}, "mx.example.org", {});
    const sasl::Opening opening = client.Begin(mechanism).value();
    std::optional<std::string> first = opening.response;
    AuthInput input{.mechanism = opening.mechanism};
    if (says_something_first) input.response = std::exchange(first, {});
    CyrusExchange exchange(Server(), /*is_encrypted=*/false);
    AuthAnswer answer = exchange.Advance(input);
    for (int i = 0; i < 5 && answer.result == AuthResult::kChallenge; ++i) {
      const std::string response = first ? *std::exchange(first, {})
                                         : client.Respond(answer.text).value();
      answer = exchange.Advance({.response = response});
    }
    EXPECT_TRUE(client.is_complete() || password == "wrong");
    return answer;
  }

  const SaslDatabase database_;
  CyrusOptions options_;
};

TEST_F(AuthCyrusTest, KnowsTheRightPasswordByEveryMechanism) {
  for (const char* mechanism : {"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5",
                                "SCRAM-SHA-1", "SCRAM-SHA-256"}) {
    SCOPED_TRACE(mechanism);
    const AuthAnswer good = Authenticate(mechanism, "fr0mage", false);
    EXPECT_EQ(good.result, AuthResult::kAccepted);
    EXPECT_EQ(good.text, "jean");
    EXPECT_EQ(Authenticate(mechanism, "wrong", false).result,
              AuthResult::kRejected);
  }
}

TEST_F(AuthCyrusTest, TakesAnInitialResponse) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"}) {
    SCOPED_TRACE(mechanism);
    EXPECT_EQ(Authenticate(mechanism, "fr0mage", true).result,
              AuthResult::kAccepted);
  }
}

TEST_F(AuthCyrusTest, AnUnknownUserIsAWrongPassword) {
  EXPECT_EQ(Plain("jean", "fr0mage").result, AuthResult::kAccepted);
  EXPECT_EQ(Plain("jean", "wrong").result, AuthResult::kRejected);
  EXPECT_EQ(Plain("nobody", "fr0mage").result, AuthResult::kRejected);
  EXPECT_NE(Plain("", "").result, AuthResult::kAccepted);
}

TEST_F(AuthCyrusTest, NobodyActsForSomebodyElse) {
  database_.Add("sophie", "mx.example.org", "secret");
  CyrusExchange exchange(Server(), /*is_encrypted=*/true);
  EXPECT_NE(exchange
                .Advance({.mechanism = "PLAIN",
                          .response = std::string("sophie\0jean\0fr0mage", 19)})
                .result,
            AuthResult::kAccepted);
}

TEST_F(AuthCyrusTest, TheRealmIsTheHostUnlessGiven) {
  database_.Add("jean", "falcot.com", "other");
  EXPECT_EQ(Plain("jean@falcot.com", "other").text, "jean@falcot.com");
  options_.realm = "falcot.com";
  EXPECT_EQ(Plain("jean", "other").text, "jean@falcot.com");
  EXPECT_EQ(Plain("jean", "fr0mage").result, AuthResult::kRejected);
}

TEST_F(AuthCyrusTest, OffersWhatTheOptionsLeave) {
  const auto all = Server();
  EXPECT_THAT(all->Mechanisms(false),
              IsSupersetOf({"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"}));
  EXPECT_THAT(all->Mechanisms(true), Not(Contains("ANONYMOUS")));
  EXPECT_THAT(all->Mechanisms(true), Not(Contains("NTLM")));
  EXPECT_THAT(all->Mechanisms(true), Not(Contains("EXTERNAL")));
  options_.clear.no_plaintext = true;
  options_.filter = Filter({"plain", "cram-md5"});
  const auto some = Server();
  EXPECT_THAT(some->Mechanisms(false), ElementsAre("CRAM-MD5"));
  EXPECT_THAT(some->Mechanisms(true), Contains("PLAIN"));
  options_.settings.emplace_back("mech_list", "PLAIN");
  EXPECT_THAT(Server()->Mechanisms(true), ElementsAre("PLAIN"));
}

TEST_F(AuthCyrusTest, SaysWhenNothingCanBeOffered) {
  options_.filter = Filter({"static:rest"});
  options_.encrypted.mutual_auth = options_.encrypted.no_dictionary = true;
  EXPECT_THAT(CyrusServer::Create(options_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no mechanism that may be offered")));
}

TEST_F(AuthCyrusTest, AsksSaslauthd) {
  const ScriptedSaslauthd yes("OK");
  options_.settings = {{"pwcheck_method", "saslauthd"},
                       {"saslauthd_path", yes.path()}};
  EXPECT_EQ(Plain("jean", "from-pam").text, "jean");
  EXPECT_THAT(yes.questions(), ElementsAre(HasSubstr("jean from-pam smtp ")));
  const ScriptedSaslauthd no("NO");
  options_.settings[1].second = no.path();
  EXPECT_EQ(Plain("jean", "from-pam").result, AuthResult::kRejected);
}

TEST_F(AuthCyrusTest, NobodyCanTellWhenThePasswordsAreAway) {
  options_.settings = {{"pwcheck_method", "saslauthd"},
                       {"saslauthd_path", "/nonexistent/mux"}};
  EXPECT_EQ(Plain("jean", "fr0mage").result, AuthResult::kUnavailable);
}

TEST_F(AuthCyrusTest, RefusesWhatAMechanismCannotRead) {
  struct Case {
    const char* why;
    AuthInput first;
    std::optional<std::string> second;
  };
  const Case cases[] = {
      {"a response to a server that speaks first",
       {.mechanism = "CRAM-MD5", .response = "x"},
       std::nullopt},
      {"no NUL in it",
       {.mechanism = "PLAIN", .response = "jean"},
       std::nullopt},
      {"CRAM-MD5 without a digest", {.mechanism = "CRAM-MD5"}, "jean"},
      {"SCRAM without anything",
       {.mechanism = "SCRAM-SHA-256", .response = "xx"},
       std::nullopt},
      {"very long",
       {.mechanism = "PLAIN", .response = std::string(9000, 'x')},
       std::nullopt},
      {"unknown", {.mechanism = "X-UNKNOWN"}, std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    CyrusExchange exchange(Server(), /*is_encrypted=*/true);
    AuthAnswer answer = exchange.Advance(c.first);
    if (c.second) answer = exchange.Advance({.response = *c.second});
    EXPECT_NE(answer.result, AuthResult::kAccepted);
    EXPECT_NE(answer.result, AuthResult::kChallenge);
  }
}

TEST_F(AuthCyrusTest, TheLibraryIsOneForTheWholeProcess) {
  EXPECT_THAT(CyrusServer::Create(options_), IsOk());
  options_.application = "other";
  EXPECT_THAT(CyrusServer::Create(options_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("smtpd_sasl_path: ")));
  options_.application = "smtpd";
  options_.config_path = "/etc/other";
  EXPECT_THAT(CyrusServer::Create(options_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("cyrus_sasl_config_path: ")));
}

}  // namespace
}  // namespace postern::mta::server
