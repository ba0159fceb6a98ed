#include "tests/bench/event_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace postern::bench {
namespace {

int NewSocket(const Target& target) {
  const int fd =
      socket(target.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) Die("socket");
  return fd;
}

}  // namespace

void Die(absl::string_view what) {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(),
               std::strerror(errno));
  std::exit(2);
}

double Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + now.tv_nsec / 1e9;
}

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

bool InputHasEnded() {
  pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  if (poll(&input, 1, 0) <= 0) return false;
  char ignored;
  return read(STDIN_FILENO, &ignored, 1) <= 0;
}

Target::Target(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "unix:")) {
    auto* path = reinterpret_cast<sockaddr_un*>(&address);
    path->sun_family = AF_UNIX;
    text.copy(path->sun_path, sizeof(path->sun_path) - 1);
    length = sizeof(sockaddr_un);
    return;
  }
  auto* inet = reinterpret_cast<sockaddr_in*>(&address);
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  errno = EINVAL;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(),
                &inet->sin_addr) != 1) {
    Die(text);
  }
  inet->sin_family = AF_INET;
  inet->sin_port = htons(static_cast<uint16_t>(port));
  length = sizeof(sockaddr_in);
}

Connection::~Connection() { Close(); }

void Connection::Connect(const Target& target) {
  Connect(NewSocket(target), target);
}

void Connection::Connect(const Target& target, const Target& source) {
  const int fd = NewSocket(target);
  // Without it a port would be taken that no other address could use.
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  const auto* address = reinterpret_cast<const sockaddr*>(&source.address);
  if (bind(fd, address, source.length) != 0) Die("bind");
  Connect(fd, target);
}

void Connection::Connect(int fd, const Target& target) {
  const auto* address = reinterpret_cast<const sockaddr*>(&target.address);
  if (connect(fd, address, target.length) != 0 && errno != EINPROGRESS) {
    Die("connect");
  }
  Adopt(fd);
}

void Connection::Adopt(int fd) {
  fd_ = fd;
  input_.clear();
  output_.clear();
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  watching_write_ = false;
  epoll_event event = {.events = EPOLLIN, .data = {.ptr = this}};
  if (epoll_ctl(loop_.epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Die("epoll_ctl");
}

void Connection::Send(absl::string_view data) {
  output_.append(data.data(), data.size());
  Flush();
}

void Connection::Close() {
  if (fd_ < 0) return;
  close(fd_);
  fd_ = -1;
}

void Connection::Ready(uint32_t events) {
  if (events & EPOLLOUT) Flush();
  if (fd_ >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) Read();
}

void Connection::Read() {
  std::array<char, 65536> buffer;
  const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
  if (got > 0) {
    input_.append(buffer.data(), got);
    OnData(input_);
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  Close();
  OnClosed();
}

void Connection::Flush() {
  while (!output_.empty()) {
    const ssize_t sent =
        send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      // Not connected yet, or full: epoll tells when to go on. Any other
      // error shows itself at the next read.
      if (errno == EAGAIN || errno == ENOTCONN) Watch(true);
      return;
    }
    output_.erase(0, sent);
  }
  Watch(false);
}

void Connection::Watch(bool for_write) {
  if (for_write == watching_write_) return;
  watching_write_ = for_write;
  epoll_event event = {.events = EPOLLIN, .data = {.ptr = this}};
  if (for_write) event.events |= EPOLLOUT;
  if (epoll_ctl(loop_.epoll_, EPOLL_CTL_MOD, fd_, &event) != 0)
    Die("epoll_ctl");
}

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) Die("epoll_create1");
}

EventLoop::~EventLoop() {
  if (listener_ >= 0) close(listener_);
  close(epoll_);
}

bool EventLoop::Run(const std::function<bool()>& done, double seconds) {
  const double deadline = Now() + seconds;
  std::array<epoll_event, 256> events;
  while (!done()) {
    const double left = deadline - Now();
    if (left <= 0) return false;
    const int count = epoll_wait(epoll_, events.data(), events.size(),
                                 static_cast<int>(left * 1000) + 1);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      if (connection == nullptr) {
        AcceptAll();
      } else if (connection->is_open()) {
        connection->Ready(events[i].events);
      }
    }
  }
  return true;
}

void EventLoop::Listen(const Target& target, std::function<void(int)> accept) {
  accept_ = std::move(accept);
  listener_ = socket(target.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (listener_ < 0) Die("socket");
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const auto* address = reinterpret_cast<const sockaddr*>(&target.address);
  if (bind(listener_, address, target.length) != 0) Die("bind");
  if (listen(listener_, 1024) != 0) Die("listen");
  epoll_event event = {.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) {
    Die("epoll_ctl");
  }
}

void EventLoop::AcceptAll() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    accept_(fd);
  }
}

}  // namespace postern::bench
