// An SMTP client for tests: says what it is told to, from the test's thread,
// and waits for answers 30 s at most.
//
//   TestClient client(listener->endpoint());
//   EXPECT_EQ(client.Reply(), "220 mx.example.org ESMTP Postern");
//   EXPECT_EQ(client.Say("NOOP"), "250 2.0.0 Ok");

#ifndef POSTERN_MTA_SERVER_TEST_CLIENT_H_
#define POSTERN_MTA_SERVER_TEST_CLIENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "lib/base/unique_fd.h"
#include "lib/net/endpoint.h"

namespace postern::mta::server {

class TestClient {
 public:
  // Connects to a Unix socket or to a port of 127.0.0.1.
  explicit TestClient(const net::Endpoint& endpoint);

  // Sends bytes as they are.
  void Send(absl::string_view bytes);

  // Returns the next whole reply, its lines separated by LF; "closed" when the
  // server has closed the connection instead, "nothing" when none comes.
  std::string Reply();

  // What has come after the reply that was returned last.
  const std::string& unread() const { return buffer_; }

  // Sends no more: the server sees the end.
  void Finish();

  // Sends a line and returns the reply.
  std::string Say(absl::string_view line);

 private:
  UniqueFd fd_;
  std::string buffer_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TEST_CLIENT_H_
