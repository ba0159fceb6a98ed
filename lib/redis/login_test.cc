#include "lib/redis/login.h"

#include <cstddef>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/redis/command.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

const Reply kOk = Reply::OfString("OK");
const Reply kMaster = Reply::OfArray(
    {Reply::OfString("master"), Reply::OfInteger(0), Reply::OfArray({})});

// Everything is asked for: AUTH, SELECT, CLIENT SETNAME, ROLE.
Login FullLogin() {
  return {.username = "postern",
          .password_file = "/etc/postern/redis-password",
          .database = 3,
          .client_name = "postern-greylistd",
          .require_master = true};
}

TEST(LoginTest, SaysNoMoreThanIsNeeded) {
  const Login login = {.username = "",
                       .password_file = "",
                       .database = 0,
                       .client_name = "postern-spfd",
                       .require_master = false};
  size_t replies = 0;
  EXPECT_EQ(LoginRequest(login, "", replies),
            FormatCommand({"CLIENT", "SETNAME", "postern-spfd"}));
  EXPECT_EQ(replies, 1u);
}

TEST(LoginTest, Rd08AuthenticatesAsAnAclUserFirst) {
  size_t replies = 0;
  EXPECT_EQ(LoginRequest(FullLogin(), "secret", replies),
            FormatCommand({"AUTH", "postern", "secret"}) +
                FormatCommand({"SELECT", "3"}) +
                FormatCommand({"CLIENT", "SETNAME", "postern-greylistd"}) +
                FormatCommand({"ROLE"}));
  EXPECT_EQ(replies, 4u);
}

TEST(LoginTest, APasswordAloneIsThatOfTheDefaultUser) {
  Login login = FullLogin();
  login.username = "";
  size_t replies = 0;
  EXPECT_THAT(LoginRequest(login, "secret", replies),
              HasSubstr(FormatCommand({"AUTH", "default", "secret"})));
}

TEST(LoginTest, AllMustBeWell) {
  EXPECT_THAT(CheckLogin(FullLogin(), {kOk, kOk, kOk, kMaster}), IsOk());
}

TEST(LoginTest, AWrongPasswordEndsIt) {
  const Reply wrong = Reply::OfError("WRONGPASS invalid username-password");
  const Reply denied = Reply::OfError("NOAUTH Authentication required.");
  const absl::Status status =
      CheckLogin(FullLogin(), {wrong, denied, denied, denied});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               HasSubstr("AUTH: WRONGPASS")));
}

TEST(LoginTest, AMissingPasswordEndsIt) {
  const Login login = {.username = "",
                       .password_file = "",
                       .database = 0,
                       .client_name = "x",
                       .require_master = false};
  EXPECT_THAT(
      CheckLogin(login, {Reply::OfError("NOAUTH Authentication required.")}),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("NOAUTH")));
}

TEST(LoginTest, ADatabaseThatIsNotThereEndsIt) {
  EXPECT_THAT(CheckLogin(FullLogin(),
                         {kOk, Reply::OfError("ERR DB index is out of range"),
                          kOk, kMaster}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("SELECT")));
}

TEST(LoginTest, OurNameNeedNotBeKnown) {
  for (const char* error :
       {"ERR unknown command 'CLIENT'",
        "NOPERM this user has no permissions to run the 'client|setname'"}) {
    EXPECT_THAT(
        CheckLogin(FullLogin(), {kOk, kOk, Reply::OfError(error), kMaster}),
        IsOk());
  }
}

TEST(LoginTest, Rd04AReplicaWillNotDoWhereAMasterIsRequired) {
  const Reply replica =
      Reply::OfArray({Reply::OfString("slave"), Reply::OfString("192.0.2.1"),
                      Reply::OfInteger(6379), Reply::OfString("connected"),
                      Reply::OfInteger(1)});
  EXPECT_THAT(CheckLogin(FullLogin(), {kOk, kOk, kOk, replica}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("slave")));
  EXPECT_THAT(CheckLogin(FullLogin(), {kOk, kOk, kOk, Reply()}), Not(IsOk()));
  EXPECT_THAT(
      CheckLogin(FullLogin(), {kOk, kOk, kOk, Reply::OfError("NOPERM role")}),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("ROLE")));
}

}  // namespace
}  // namespace postern::redis
