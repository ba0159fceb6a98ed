#include "mta/outbound/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

using ::testing::ElementsAre;
using Script = ScriptedServer::Script;

// Sends `text` all at once and returns what comes back until the end.
std::string Talk(uint16_t port, const std::string& text) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                      sizeof(address)),
            0);
  EXPECT_EQ(::send(fd.get(), text.data(), text.size(), 0),
            static_cast<ssize_t>(text.size()));
  std::string answer;
  char chunk[256];
  ssize_t n;
  while ((n = ::recv(fd.get(), chunk, sizeof(chunk), 0)) > 0) {
    answer.append(chunk, n);
  }
  return answer;
}

TEST(ScriptedServerTest, FollowsTheScriptOfEachConnection) {
  ScriptedServer server(
      {{"> 220 one", "< HELO", ">> 250"}, {"<data", "> 250 two"}});
  EXPECT_EQ(Talk(server.port(), "HELO a\r\n"), "220 one\r\n250");
  EXPECT_EQ(Talk(server.port(), "x\r\n.y\r\n.\r\n"), "250 two\r\n");
  EXPECT_EQ(Talk(server.port(), "z\r\n.\r\n"), "250 two\r\n");
  EXPECT_THAT(server.Finish(), ElementsAre("HELO a", "x\r\n.y", "z"));
  EXPECT_EQ(server.connections(), 3);
  EXPECT_EQ(server.most_at_once(), 1);
}

TEST(ScriptedServerTest, TellsWhatWasNotExpected) {
  ScriptedServer server({Script{"< HELO", "< QUIT"}});
  Talk(server.port(), "EHLO a\r\nQUIT\r\n");
  EXPECT_THAT(server.Finish(),
              ElementsAre("expected HELO, got EHLO a", "QUIT"));
}

}  // namespace
}  // namespace postern::mta::outbound
