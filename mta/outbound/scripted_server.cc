#include "mta/outbound/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/net/test_tls_server.h"

namespace postern::mta::outbound {
namespace {

constexpr int kDripMilliseconds = 5;

}  // namespace

// One client and the script for it.
class ScriptedServer::Connection {
 public:
  Connection(ScriptedServer& server, const Script& script, int fd)
      : server_(server), script_(script), fd_(fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

  void Run() {
    size_t step = 0;
    while (step < script_.size()) {
      uint32_t target = 0;
      if (absl::StartsWith(script_[step], "loop ") &&
          absl::SimpleAtoi(script_[step].substr(5), &target)) {
        step = target;
        continue;
      }
      if (!Do(script_[step])) return;
      ++step;
    }
  }

 private:
  // False: the client has left.
  bool Do(const std::string& step) {
    if (absl::StartsWith(step, ">> ")) return Send(step.substr(3));
    if (absl::StartsWith(step, "> ")) return Send(step.substr(2) + "\r\n");
    if (step == "<data") return Expect("\r\n.\r\n", "");
    if (absl::StartsWith(step, "< ")) return Expect("\r\n", step.substr(2));
    if (step == "drip") return Drip();
    if (step == "hang") return Read();
    if (step == "stall") return Stall();
    if (step == "tls") {
      tls_.emplace(fd_.get(), server_.identity_);
      return tls_->Handshake();
    }
    server_.Keep("no such step: " + step);
    return false;
  }

  bool Send(const std::string& text) {
    if (tls_) return tls_->Send(text);
    return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

  bool Read() {
    if (tls_) {
      const std::string got = tls_->Receive();
      unread_ += got;
      return !got.empty();
    }
    char chunk[64 << 10];
    const ssize_t n = ::recv(fd_.get(), chunk, sizeof(chunk), 0);
    if (n <= 0) return false;
    unread_.append(chunk, n);
    return true;
  }

  bool Expect(const std::string& end, const std::string& beginning) {
    size_t at;
    while ((at = unread_.find(end)) == std::string::npos) {
      if (!Read()) return false;
    }
    std::string got = unread_.substr(0, at);
    unread_.erase(0, at + end.size());
    if (!absl::StartsWith(got, beginning)) {
      server_.Keep(absl::StrCat("expected ", beginning, ", got ", got));
    } else {
      server_.Keep(std::move(got));
    }
    return true;
  }

  bool Drip() {
    pollfd client = {fd_.get(), POLLIN, 0};
    while (::poll(&client, 1, kDripMilliseconds) == 0) {
      if (!Send("2")) return false;
    }
    return false;
  }

  bool Stall() {
    while (!server_.is_finishing_) {
      ::poll(nullptr, 0, kDripMilliseconds);
    }
    return false;
  }

  ScriptedServer& server_;
  const Script& script_;
  const UniqueFd fd_;
  std::optional<net::TestTlsServer> tls_;
  std::string unread_;
};

ScriptedServer::ScriptedServer(std::vector<Script> scripts)
    : ScriptedServer(std::move(scripts), {}) {}

ScriptedServer::ScriptedServer(std::vector<Script> scripts,
                               net::TestCertificate identity)
    : scripts_(std::move(scripts)),
      identity_(std::move(identity)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 ||
      ::listen(listener_.get(), 128) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  {
    absl::MutexLock lock(&mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  Finish();
}

void ScriptedServer::Accept() {
  while (true) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    size_t number;
    {
      absl::MutexLock lock(&mutex_);
      number = connections_++;
      open_.insert(fd);
      most_at_once_ = std::max(most_at_once_, static_cast<int>(open_.size()));
    }
    const Script& script = scripts_[std::min(number, scripts_.size() - 1)];
    threads_.emplace_back([this, &script, fd] {
      Connection connection(*this, script, fd);
      connection.Run();
      absl::MutexLock lock(&mutex_);
      open_.erase(fd);
    });
  }
}

std::vector<std::string> ScriptedServer::Finish() {
  is_finishing_ = true;
  if (acceptor_.joinable()) {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
  }
  absl::MutexLock lock(&mutex_);
  return kept_;
}

void ScriptedServer::Keep(std::string what) {
  absl::MutexLock lock(&mutex_);
  kept_.push_back(std::move(what));
}

int ScriptedServer::connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_;
}

int ScriptedServer::most_at_once() const {
  absl::MutexLock lock(&mutex_);
  return most_at_once_;
}

}  // namespace postern::mta::outbound
