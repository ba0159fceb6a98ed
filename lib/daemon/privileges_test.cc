#include "lib/daemon/privileges.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::daemon {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

bool CanBindLowPort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool bound = false;
  for (uint16_t port = 700; port < 720 && !bound; ++port) {
    address.sin_port = htons(port);
    bound =
        ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ::close(fd);
  return bound;
}

// Runs in a child, whose exit code names the step that failed.
int DropInChild() {
  if (!BecomeUser("nobody", "").ok()) return 1;
  if (::geteuid() == 0 || ::getuid() == 0) return 2;
  if (!CanBindLowPort()) return 3;
  if (::access("/etc/shadow", R_OK) == 0) return 4;
  if (!DropCapabilities().ok()) return 5;
  if (CanBindLowPort()) return 6;
  if (::setuid(0) == 0) return 7;
  return 0;
}

TEST(PrivilegesTest, RootBecomesTheUserAndKeepsOnlyTheBinding) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(DropInChild());
  int result = -1;
  ASSERT_EQ(::waitpid(child, &result, 0), child);
  EXPECT_EQ(WEXITSTATUS(result), 0);
}

TEST(PrivilegesTest, UnknownNamesAreConfigurationErrors) {
  EXPECT_THAT(BecomeUser("no-such-user", ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("daemon.user: no user \"no-such-user\"")));
  EXPECT_THAT(
      BecomeUser("nobody", "no-such-group"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("daemon.group")));
}

TEST(PrivilegesTest, WithoutAUserNothingChanges) {
  const uid_t before = ::geteuid();
  EXPECT_THAT(BecomeUser("", ""), IsOk());
  EXPECT_EQ(::geteuid(), before);
}

}  // namespace
}  // namespace postern::daemon
