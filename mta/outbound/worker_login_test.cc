#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/pool_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::StartsWith;
using Script = ScriptedServer::Script;

// Takes a login, then any number of messages for one recipient.
const Script kLoginSink = {
    "> 220 mx",     "< EHLO",   ">> 250-mx\r\n250 AUTH PLAIN\r\n",
    "< AUTH PLAIN", "> 235 hi", "< MAIL",
    "> 250 ok",     "< RCPT",   "> 250 ok",
    "< DATA",       "> 354 go", "<data",
    "> 250 ok",     "loop 5"};

const Script kRefusal = {"> 220 mx",
                         "< EHLO",
                         ">> 250-mx\r\n250 AUTH PLAIN\r\n",
                         "< AUTH PLAIN",
                         "> 535 5.7.8 wrong",
                         "< "};

class WorkerLoginTest : public PoolFixture {
 protected:
  WorkerLoginTest() {
    smtp_.set_port(25);
    smtp_.set_smtp_sasl_auth_enable(true);
    smtp_.set_smtp_sasl_auth_soft_bounce(true);
    smtp_.add_smtp_sasl_mechanism_filter("static:rest");
    smtp_.mutable_smtp_sasl_auth_cache_time()->set_seconds(3600);
    smtp_.add_smtp_sasl_password_maps("hash:" + file_);
  }

  void Use(const std::string& passwords) {
    ASSERT_TRUE(WriteFile(file_, passwords, 0600).ok());
    options_.logins = Logins::FromConfig(config_, {}).value();
  }

  routing::NextHop Smarthost(const ScriptedServer& server) {
    routing::NextHop hop = Loopback(server.port());
    hop.is_relayhost = true;
    return hop;
  }

  static std::string KeyOf(const ScriptedServer& server) {
    return absl::StrCat("[127.0.0.1]:", server.port());
  }

  const testing::TempDir dir_;
  const std::string file_ = dir_.path() + "/passwords";
  config::v1::Mta config_;
  config::v1::Smtp& smtp_ = *config_.mutable_smtp();
};

TEST_F(WorkerLoginTest, OneLoginIsGoodForAllMessagesOfAConnection) {
  ScriptedServer server({kLoginSink});
  Use(KeyOf(server) + " jean:fr0mage\n");
  options_.limits = LimitsOf(SmtpFor(1, 100));
  EXPECT_THAT(Deliver(Smarthost(server), 10), Each("sent 2.0.0 250 ok"));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(Count("postern_mta_smtp_auth_total{result=\"accepted\"}"), 1);
}

TEST_F(WorkerLoginTest, AConnectionOfOneSenderNeverCarriesMailOfAnother) {
  smtp_.set_smtp_sender_dependent_authentication(true);
  ScriptedServer server({kLoginSink});
  Use("a@from.example a:1\nb@from.example b:2\n");
  options_.limits = LimitsOf(SmtpFor(1, 100));
  for (const char* sender :
       {"a@from.example", "b@from.example", "a@from.example"}) {
    parcel_.sender = sender;
    EXPECT_THAT(Deliver(Smarthost(server), 1), Each(StartsWith("sent")));
  }
  // The connections are kept: the third message goes over the first.
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(WorkerLoginTest, AWrongPasswordIsNotTriedAgainAndAgain) {
  ScriptedServer server({kRefusal});
  Use(KeyOf(server) + " jean:wrong\n");
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(Deliver(Smarthost(server), 1),
                Each(AllOf(StartsWith("deferred 4.7.8 SASL authentication "
                                      "failed; server "),
                           HasSubstr("535 5.7.8 wrong"))));
  }
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(Count("postern_mta_smtp_auth_total{result=\"rejected\"}"), 1);
}

TEST_F(WorkerLoginTest, AnotherPasswordIsTriedAtOnce) {
  ScriptedServer server({kRefusal, kLoginSink});
  Use(KeyOf(server) + " jean:wrong\n");
  EXPECT_THAT(Deliver(Smarthost(server), 1), Each(StartsWith("deferred")));
  ASSERT_TRUE(WriteFile(file_, KeyOf(server) + " jean:right\n", 0600).ok());
  ASSERT_TRUE(ThePool().Refresh().ok());
  EXPECT_THAT(Deliver(Smarthost(server), 1), Each(StartsWith("sent")));
}

TEST_F(WorkerLoginTest, WithoutTlsThePasswordStaysHere) {
  smtp_.set_smtp_tls_auth_only(true);
  ScriptedServer server(
      {{"> 220 mx", "< EHLO", ">> 250-mx\r\n250 AUTH PLAIN\r\n", "< "}});
  Use(KeyOf(server) + " jean:fr0mage\n");
  EXPECT_THAT(Deliver(Smarthost(server), 1),
              Each(StartsWith("deferred 4.7.11 there is a password")));
}

TEST_F(WorkerLoginTest, AWrongValueKeepsTheMailHereAndShowsNothing) {
  ASSERT_TRUE(WriteFile(file_, "/(127)/ s3cret$1\n", 0600).ok());
  smtp_.set_smtp_sasl_password_maps(0, "regexp:" + file_);
  options_.logins = Logins::FromConfig(config_, {}).value();
  ScriptedServer server({kSink});
  EXPECT_THAT(Deliver(Smarthost(server), 1),
              Each("deferred 4.3.0 smtp_sasl_password_maps: \"user:password\" "
                   "is wanted"));
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace postern::mta::outbound
