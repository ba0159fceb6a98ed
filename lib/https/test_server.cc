#include "lib/https/test_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "lib/base/file.h"
#include "lib/net/test_tls_server.h"

namespace postern::https {
namespace {

constexpr char kNotFound[] = "HTTP/1.1 404 Not Found\r\n\r\n";

// The number of bytes of the request that begins with `text`; 0 as long as that
// cannot be known.
size_t RequestBytes(const std::string& text) {
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  size_t content = 0;
  for (const absl::string_view line :
       absl::StrSplit(text.substr(0, end), absl::ByString("\r\n"))) {
    if (absl::StartsWithIgnoreCase(line, "content-length: ") &&
        !absl::SimpleAtoi(line.substr(16), &content)) {
      std::abort();
    }
  }
  return end + 4 + content;
}

}  // namespace

TestServer::TestServer(const std::string& host)
    : host_(host),
      identity_(net::MakeTestCertificate(host)),
      socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!WriteFile(ca_file(), identity_.certificate).ok()) std::abort();
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket_.get(), name, size) != 0 ||
      ::listen(socket_.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket_.get(), name, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TestServer::~TestServer() {
  ::shutdown(socket_.get(), SHUT_RDWR);  // accept() returns.
  acceptor_.join();
  std::vector<std::thread> servers;
  {
    absl::MutexLock lock(&mutex_);
    for (const UniqueFd& fd : connections_) ::shutdown(fd.get(), SHUT_RDWR);
    servers.swap(servers_);
  }
  for (std::thread& server : servers) server.join();
}

void TestServer::Answer(const std::string& path, std::string answer) {
  absl::MutexLock lock(&mutex_);
  answers_[path] = std::move(answer);
}

std::string TestServer::Uri(const std::string& path) const {
  return absl::StrCat("https://", host_, ":", port_, path);
}

std::string TestServer::ca_file() const {
  return dir_.path() + "/certificate.pem";
}

std::vector<std::string> TestServer::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

std::string TestServer::AnswerTo(const std::string& request) {
  const std::vector<std::string> words = absl::StrSplit(request, ' ');
  absl::MutexLock lock(&mutex_);
  requests_.push_back(request);
  const auto found = answers_.find(words[1]);
  return found == answers_.end() ? kNotFound : found->second;
}

void TestServer::Accept() {
  for (;;) {
    UniqueFd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.is_open()) return;
    const int connection = fd.get();
    absl::MutexLock lock(&mutex_);
    connections_.push_back(std::move(fd));
    servers_.emplace_back([this, connection] {
      Serve(connection);
      ::shutdown(connection, SHUT_RDWR);
    });
  }
}

void TestServer::Serve(int fd) {
  net::TestTlsServer client(fd, identity_);
  if (!client.Handshake()) return;
  std::string request;
  while (RequestBytes(request) == 0 || request.size() < RequestBytes(request)) {
    const std::string more = client.Receive();
    if (more.empty()) return;
    request += more;
  }
  const std::string answer = AnswerTo(request);
  if (answer.empty()) {
    client.Receive();  // Until the client leaves.
  } else {
    client.Send(answer);
  }
}

}  // namespace postern::https
