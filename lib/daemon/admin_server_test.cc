#include "lib/daemon/admin_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::daemon {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

std::vector<std::unique_ptr<grpc::Service>> NoServices() { return {}; }

config::v1::Admin OwnerOnly() {
  config::v1::Admin config;
  config.set_mode(0600);
  return config;
}

TEST(AdminServerTest, AnswersOnItsUnixSocketWithTheModeAskedFor) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/admin";
  const auto server =
      AdminServer::Start(OwnerOnly(), "unix:" + path, NoServices());
  ASSERT_TRUE(server.ok()) << server.status();
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto channel =
      grpc::CreateChannel("unix:" + path, grpc::InsecureChannelCredentials());
  EXPECT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() +
                                        std::chrono::seconds(20)));
}

TEST(AdminServerTest, DoesNotTakeASocketThatAnswers) {
  const testing::TempDir dir;
  const std::string endpoint = "unix:" + dir.path() + "/admin";
  const auto first = AdminServer::Start(OwnerOnly(), endpoint, NoServices());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(AdminServer::Start(OwnerOnly(), endpoint, NoServices()),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("address already in use")));
}

TEST(AdminServerTest, TcpNeedsCertificates) {
  EXPECT_THAT(AdminServer::Start(OwnerOnly(), "127.0.0.1:0", NoServices()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("client_ca_file")));
}

TEST(AdminServerTest, SaysWhereItCannotListen) {
  EXPECT_THAT(
      AdminServer::Start(OwnerOnly(), "unix:/nonexistent/x", NoServices()),
      StatusIs(absl::StatusCode::kUnavailable,
               HasSubstr("unix:/nonexistent/x")));
}

}  // namespace
}  // namespace postern::daemon
