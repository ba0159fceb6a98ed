#include "mta/server/client.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kRelay[] = "relay_domains: [example.org]\nmynetworks: []\n";

class ClientTest : public TestServer {};

TEST_F(ClientTest, XclientTellsForWhomAProxySpeaks) {
  Start(absl::StrCat(kRelay,
                     "smtpd_authorized_xclient_hosts: [127.0.0.1]\n"
                     "smtpd_authorized_xforward_hosts: [127.0.0.1]\n"));
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO proxy.example");
  EXPECT_EQ(client.Say("XCLIENT ADDR=IPV6:2001:db8::1 NAME=c.example"),
            "220 mx.example.org ESMTP Postern");
  client.Say("XFORWARD IDENT=4X");
  BeginMessage(client);
  EXPECT_THAT(client.Say("x\r\n."), StartsWith("250"));
  EXPECT_THAT(client.Say("XCLIENT ADDR=[UNAVAILABLE]"), StartsWith("220"));
  BeginMessage(client);
  EXPECT_THAT(client.Say("x\r\n."), StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(2));
  EXPECT_EQ(messages()[0].envelope.client_address(), "2001:db8::1");
  EXPECT_EQ(messages()[0].envelope.client_name(), "c.example");
  EXPECT_THAT(messages()[0].content,
              StartsWith("Received: from client.example (c.example "
                         "[IPv6:2001:db8::1])\r\n"));
  EXPECT_EQ(messages()[1].envelope.client_address(), "unknown");
  EXPECT_THAT(messages()[1].content, HasSubstr("(unknown [unknown])\r\n"));
}

TEST_F(ClientTest, XclientIsTakenFromListedHostsOnly) {
  Start(
      absl::StrCat(kRelay, "smtpd_authorized_xclient_hosts: [192.0.2.0/24]\n"));
  TestClient client(endpoint());
  client.Reply();
  EXPECT_THAT(client.Say("EHLO proxy.example"),
              ::testing::Not(HasSubstr("XCLIENT")));
  EXPECT_EQ(client.Say("XCLIENT ADDR=192.0.2.1"),
            "550 5.7.0 Error: insufficient authorization");
}

}  // namespace
}  // namespace postern::mta::server
