#include "mta/outbound/logins.h"

#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LoginsTest : public ::testing::Test {
 protected:
  LoginsTest() {
    smtp_.set_port(25);
    smtp_.set_smtp_sasl_auth_enable(true);
    smtp_.add_smtp_sasl_mechanism_filter("static:rest");
    smtp_.add_smtp_sasl_password_maps("hash:" + file_);
    Write(
        "[mail.isp.example]:587 isp:1\n"
        "[mail.isp.example] other:2\n"
        "isp.example domain:3\n"
        "mx.host.example host:4\n"
        "a@from.example a:5\n"
        "@from.example all:6\n");
  }

  void Write(const std::string& text, int mode = 0600) {
    ASSERT_TRUE(WriteFile(file_, text, mode).ok());
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
  }

  std::shared_ptr<Logins> Open() {
    return Logins::FromConfig(config_, table::Environment()).value();
  }

  LoginChoice Choose(const std::string& next_hop,
                     const std::string& sender = "x@y.example") {
    routing::NextHop hop = routing::ParseNextHops(next_hop, 25).value();
    hop.is_relayhost = is_relayhost_;
    logins_ = Open();
    return runtime_->BlockOn(logins_->Choose(hop, sender)).value();
  }

  // Who we are to `host` of that next hop.
  std::string Find(const std::string& next_hop, const std::string& host,
                   const std::string& sender = "x@y.example",
                   size_t place = 0) {
    const LoginChoice choice = Choose(next_hop, sender);
    routing::Host where;
    where.name = host;
    where.place = place;
    const auto login =
        runtime_->BlockOn(logins_->ForHost(choice, where)).value();
    return login ? login->user : "nobody";
  }

  const testing::TempDir dir_;
  const std::string file_ = dir_.path() + "/passwords";
  config::v1::Mta config_;
  config::v1::Smtp& smtp_ = *config_.mutable_smtp();
  bool is_relayhost_ = true;
  std::shared_ptr<Logins> logins_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(LoginsTest, TheNextHopAsWrittenCountsBeforeTheHost) {
  EXPECT_EQ(Find("[mail.isp.example]:587", "mx.host.example"), "isp");
  EXPECT_EQ(Find("[mail.isp.example]", "x.example"), "other");
  EXPECT_EQ(Find("[mail.isp.example]:25", "x.example"), "other");
  EXPECT_EQ(Find("[mail.isp.example]:26", "x.example"), "nobody");
  EXPECT_EQ(Find("isp.example", "x.example"), "domain");
  EXPECT_EQ(Find("[isp.example]", "x.example"), "nobody");
  EXPECT_EQ(Find("elsewhere.example", "mx.host.example"), "host");
}

TEST_F(LoginsTest, TheSenderCountsFirstWhereThatIsWanted) {
  const std::string hop = "[mail.isp.example]:587";
  EXPECT_EQ(Find(hop, "mx", "a@from.example"), "isp");
  smtp_.set_smtp_sender_dependent_authentication(true);
  EXPECT_EQ(Find(hop, "mx", "a@from.example"), "a");
  EXPECT_EQ(Find(hop, "mx", "b@from.example"), "all");
  EXPECT_EQ(Find(hop, "mx", "b@elsewhere.example"), "isp");
  EXPECT_EQ(Find(hop, "mx", ""), "isp");
}

TEST_F(LoginsTest, AHostOfSomebodysChoiceIsToldNothingOfASender) {
  smtp_.set_smtp_sender_dependent_authentication(true);
  is_relayhost_ = false;
  EXPECT_EQ(Find("to.example", "mx.to.example", "a@from.example"), "nobody");
}

TEST_F(LoginsTest, EachOfSeveralNextHopsHasItsOwn) {
  const std::string hops = "[mail.isp.example]:587, [b.example], isp.example";
  EXPECT_EQ(Find(hops, "mx", "", 0), "isp");
  EXPECT_EQ(Find(hops, "mx", "", 1), "nobody");
  EXPECT_EQ(Find(hops, "mx", "", 2), "domain");
}

TEST_F(LoginsTest, NamesDifferWhereLoginsDo) {
  smtp_.set_smtp_sender_dependent_authentication(true);
  const std::string hop = "[mail.isp.example]:587";
  const auto logins = Open();
  const auto name = [&](const std::string& sender) {
    routing::NextHop next_hop = routing::ParseNextHops(hop, 25).value();
    next_hop.is_relayhost = true;
    return runtime_->BlockOn(logins->Choose(next_hop, sender))->name;
  };
  const std::string a = name("a@from.example");
  EXPECT_EQ(name("a@from.example"), a);
  EXPECT_NE(name("b@from.example"), a);
  EXPECT_NE(name("c@elsewhere.example"), a);
  EXPECT_EQ(name("d@elsewhere.example"), name("c@elsewhere.example"));
  EXPECT_THAT(a, Not(HasSubstr("5")));
  EXPECT_EQ(Choose("[nobody.example]").name, "");
}

TEST_F(LoginsTest, LmtpHasNoLogin) {
  routing::NextHop hop = routing::ParseNextHops("isp.example", 25).value();
  hop.is_lmtp = true;
  EXPECT_EQ(runtime_->BlockOn(Open()->Choose(hop, ""))->name, "");
}

TEST_F(LoginsTest, IsNotThereUnlessEnabled) {
  smtp_.set_smtp_sasl_auth_enable(false);
  EXPECT_EQ(Open(), nullptr);
}

TEST_F(LoginsTest, PasswordsThatOthersMayReadAreRefused) {
  for (const int mode : {0604, 0644, 0660, 0602}) {
    Write("isp.example u:p\n", mode);
    EXPECT_THAT(Logins::FromConfig(config_, {}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("smtp.smtp_sasl_password_maps: "),
                               HasSubstr("others may read it"))));
  }
  for (const int mode : {0600, 0400, 0440}) {
    Write("isp.example u:p\n", mode);
    EXPECT_THAT(Logins::FromConfig(config_, {}), IsOk());
  }
  const auto logins = Open();
  Write("isp.example u:other\n", 0644);
  EXPECT_THAT(logins->Refresh(), StatusIs(absl::StatusCode::kInvalidArgument));
  smtp_.set_smtp_sasl_password_maps(
      0, absl::StrCat("unionmap:{hash:", file_, "}"));
  EXPECT_THAT(Logins::FromConfig(config_, {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Write("isp.example u:other\n");
  EXPECT_THAT(logins->Refresh(), IsOk());
}

TEST_F(LoginsTest, AnErrorShowsNoPassword) {
  for (const char* spec : {"inline:{isp.example=u:s3cret}", "static:u:s3cret",
                           "unionmap:{inline:{isp.example=u:s3cret}}"}) {
    smtp_.set_smtp_sasl_password_maps(0, spec);
    EXPECT_THAT(Logins::FromConfig(config_, {}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("a file of their own"),
                               Not(HasSubstr("s3cret")))));
  }
  Write("isp.example u:p\nother.example s3cret\n");
  smtp_.set_smtp_sasl_password_maps(0, "hash:" + file_);
  EXPECT_THAT(Logins::FromConfig(config_, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr(file_), Not(HasSubstr("s3cret")))));
}

TEST_F(LoginsTest, NamesTheFieldAtFault) {
  smtp_.add_smtp_sasl_security_options("nothing");
  EXPECT_THAT(Logins::FromConfig(config_, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtp.smtp_sasl_security_options: ")));
  smtp_.clear_smtp_sasl_security_options();
  smtp_.add_smtp_sasl_mechanism_filter("");
  EXPECT_THAT(Logins::FromConfig(config_, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtp.smtp_sasl_mechanism_filter: ")));
}

}  // namespace
}  // namespace postern::mta::outbound
