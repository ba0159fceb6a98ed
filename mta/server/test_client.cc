#include "mta/server/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cassert>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace postern::mta::server {
namespace {

constexpr int kPatienceSeconds = 30;

}  // namespace

TestClient::TestClient(const net::Endpoint& endpoint)
    : fd_(::socket(endpoint.is_unix() ? AF_UNIX : AF_INET,
                   SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience = {kPatienceSeconds, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  int result = -1;
  if (endpoint.is_unix()) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    assert(endpoint.unix_path.size() < sizeof(address.sun_path));
    std::strcpy(address.sun_path, endpoint.unix_path.c_str());
    result = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address),
                       sizeof(address));
  } else {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address),
                       sizeof(address));
  }
  assert(result == 0);
}

void TestClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n =
        ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // The next Reply() says "closed".
    bytes.remove_prefix(n);
  }
}

std::string TestClient::Reply() {
  std::string reply;
  while (true) {
    const size_t end = buffer_.find("\r\n");
    if (end == std::string::npos) {
      char bytes[4096];
      const ssize_t n = ::recv(fd_.get(), bytes, sizeof(bytes), 0);
      if (n < 0 && errno == EINTR) continue;  // A fuzzer's alarm.
      if (n < 0 && errno == EAGAIN) return absl::StrCat(reply, "nothing");
      if (n <= 0) return absl::StrCat(reply, "closed");
      buffer_.append(bytes, n);
      continue;
    }
    const std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    reply += line;
    if (line.size() < 4 || line[3] != '-') return reply;
    reply += '\n';
  }
}

void TestClient::Finish() { ::shutdown(fd_.get(), SHUT_WR); }

std::string TestClient::Say(absl::string_view line) {
  Send(absl::StrCat(line, "\r\n"));
  return Reply();
}

}  // namespace postern::mta::server
