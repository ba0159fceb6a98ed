#include "mta/outbound/connector.h"

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
#include "mta/outbound/scripted_server.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ConnectorTest : public ::testing::Test {
 protected:
  ConnectorTest() { config_.set_myhostname("relay.example.net"); }

  // Connects to `port` and returns the first line that comes, or the error.
  std::string Connect(uint16_t port) {
    const auto connector = Connector::FromConfig(config_).value();
    return runtime_->BlockOn(FirstLine(*connector, port));
  }

  net::Task<std::string> FirstLine(const Connector& connector, uint16_t port) {
    routing::Host host = {"mx", net::IpAddress::Parse("127.0.0.1").value(),
                          port};
    const net::Deadline deadline = net::Deadline::After(absl::Seconds(10));
    absl::StatusOr<net::Stream> stream =
        co_await connector.Connect(host, "d.example:25", deadline);
    if (!stream.ok()) co_return std::string(stream.status().message());
    from_ = stream->local().host;
    helo_ = connector.HeloName(*stream);
    char buffer[64];
    const absl::StatusOr<size_t> n = co_await stream->Read(buffer, deadline);
    co_return n.ok() ? std::string(buffer, *n) : n.status().ToString();
  }

  absl::Status Create() { return Connector::FromConfig(config_).status(); }

  const testing::TempDir dir_;
  config::v1::Mta config_;
  config::v1::Smtp& smtp_ = *config_.mutable_smtp();
  std::string from_;
  std::string helo_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
};

TEST_F(ConnectorTest, LeavesFromTheAddressAndWithItsName) {
  ScriptedServer server({{"> 220 mx"}});
  smtp_.add_smtp_bind_address("127.0.0.9");
  (*smtp_.mutable_smtp_helo_names())["127.0.0.9"] = "nine.example.net";
  EXPECT_EQ(Connect(server.port()), "220 mx\r\n");
  EXPECT_EQ(from_, "127.0.0.9");
  EXPECT_EQ(helo_, "nine.example.net");
}

TEST_F(ConnectorTest, AnAddressThatIsNotOursIsLeftOutUnlessEnforced) {
  ScriptedServer server({{"> 220 mx"}});
  smtp_.add_smtp_bind_address("192.0.2.77");
  EXPECT_EQ(Connect(server.port()), "220 mx\r\n");
  EXPECT_EQ(from_, "127.0.0.1");
  EXPECT_EQ(helo_, "relay.example.net");
  smtp_.set_smtp_bind_address_enforce(true);
  EXPECT_THAT(Connect(server.port()), HasSubstr("192.0.2.77"));
}

TEST_F(ConnectorTest, GoesThroughASocksServer) {
  // It takes any method and any address.
  const std::string yes("\5\0\5\0\0\1\0\0\0\0\0\0", 12);
  ScriptedServer socks({{absl::StrCat(">> ", yes, "220 behind\r\n"), "stall"}});
  smtp_.set_smtp_socks_proxy(absl::StrCat("127.0.0.1:", socks.port()));
  EXPECT_EQ(Connect(25), "220 behind\r\n");
}

TEST_F(ConnectorTest, TellsWhatTheSocksServerSays) {
  const std::string no("\5\0\5\5\0\1\0\0\0\0\0\0", 12);
  ScriptedServer socks(
      {{absl::StrCat(">> ", no), "stall"}, {"> 220 no socks", "stall"}});
  smtp_.set_smtp_socks_proxy(absl::StrCat("127.0.0.1:", socks.port()));
  EXPECT_EQ(Connect(25), absl::StrCat("SOCKS5 server 127.0.0.1:", socks.port(),
                                      ": connection refused"));
  EXPECT_THAT(Connect(25), HasSubstr("does not speak SOCKS5"));
}

TEST_F(ConnectorTest, LogsInAtTheSocksServer) {
  const std::string file = dir_.path() + "/login";
  ASSERT_TRUE(WriteFile(file, "jean:fr0mage\n", 0600).ok());
  const std::string yes("\5\2\1\0\5\0\0\1\0\0\0\0\0\0", 14);
  ScriptedServer socks({{absl::StrCat(">> ", yes, "220 behind\r\n"), "stall"}});
  smtp_.set_smtp_socks_proxy(absl::StrCat("127.0.0.1:", socks.port()));
  smtp_.set_smtp_socks_login_file(file);
  EXPECT_EQ(Connect(25), "220 behind\r\n");
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 StartsWith("smtp.smtp_socks_login_file: ")));
}

TEST_F(ConnectorTest, SaysBothEndsFirstWhereThatIsWanted) {
  ScriptedServer server({{"< ", "< ", "< ", "> 220 mx", "stall"}});
  smtp_.set_smtp_proxy_protocol(true);
  EXPECT_EQ(Connect(server.port()), "220 mx\r\n");
}

TEST_F(ConnectorTest, NamesTheFieldAtFault) {
  smtp_.set_smtp_socks_proxy("socks.example.net:1080");
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 StartsWith("smtp.smtp_socks_proxy: ")));
  smtp_.set_smtp_socks_proxy("127.0.0.1:1080");
  smtp_.set_smtp_socks_login_file("/nonexistent");
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 StartsWith("smtp.smtp_socks_login_file: ")));
}

}  // namespace
}  // namespace postern::mta::outbound
