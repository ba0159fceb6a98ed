#include "lib/net/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"
#include "lib/net/socket_address.h"
#include "lib/net/socket_file.h"
#include "lib/net/stream_socket.h"

namespace postern::net {
namespace {

using Descriptor =
    asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

constexpr asio::experimental::as_tuple_t<
    asio::use_awaitable_t<asio::io_context::executor_type>>
    kTuple;

// How many connections are taken before other tasks get their turn.
constexpr int kAcceptsATurn = 64;

// Removes the socket file of a program that is gone; one that answers stays.
void RemoveDeadSocket(const SocketAddress& address, const std::string& path) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), address.get(), address.size) != 0 &&
      errno == ECONNREFUSED) {
    ::unlink(path.c_str());
  }
}

absl::StatusOr<UniqueFd> Bind(const ListenOptions& options) {
  const std::string name = options.endpoint.ToString();
  ASSIGN_OR_RETURN(const SocketAddress address,
                   SocketAddress::From(options.endpoint));
  UniqueFd fd(::socket(address.family(),
                       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return ErrnoStatus(errno, name);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (options.endpoint.is_unix()) {
    RemoveDeadSocket(address, options.endpoint.unix_path);
  }
  if (::bind(fd.get(), address.get(), address.size) != 0) {
    if (errno == EADDRINUSE) {
      return absl::AlreadyExistsError(
          absl::StrCat(name, ": address already in use"));
    }
    return ErrnoStatus(errno, name);
  }
  if (options.endpoint.is_unix()) {
    RETURN_IF_ERROR(SetSocketFile(options.endpoint.unix_path, options.unix_mode,
                                  options.unix_owner));
  }
  if (::listen(fd.get(), options.backlog) != 0) return ErrnoStatus(errno, name);
  return fd;
}

}  // namespace

// The listening socket, on one reactor.
class Listener::Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(Runtime& runtime, UniqueFd fd, size_t max_connections)
      : runtime_(runtime),
        reactor_(runtime.NextReactor()),
        endpoint_(LocalOf(fd.get()).ToEndpoint()),
        max_connections_(max_connections),
        descriptor_(reactor_.context(), fd.Release()) {}

  const Endpoint& endpoint() const { return endpoint_; }
  size_t open_connections() const { return open_.load(); }
  uint64_t refused_connections() const { return refused_.load(); }

  void Serve(Drain& drain, ConnectionHandler& handler) {
    asio::co_spawn(reactor_.context(),
                   AcceptAll(shared_from_this(), drain, handler),
                   asio::detached);
  }

  void Close() {
    if (is_closed_.exchange(true)) return;
    absl::Notification closed;
    reactor_.Post([this, &closed] {
      std::error_code ignored;  // Nothing can be done about it.
      descriptor_.close(ignored);
      closed.Notify();
    });
    closed.WaitForNotification();
    if (endpoint_.is_unix()) ::unlink(endpoint_.unix_path.c_str());
  }

 private:
  static Task<> AcceptAll(std::shared_ptr<Acceptor> self, Drain& drain,
                          ConnectionHandler& handler) {
    while (!self->is_closed_) {
      const auto [error] =
          co_await self->descriptor_.async_wait(Descriptor::wait_read, kTuple);
      if (error || self->is_closed_) co_return;
      int failure = 0;
      for (int i = 0; i < kAcceptsATurn && failure == 0; ++i) {
        failure = self->AcceptOne(drain, handler);
      }
      // Out of descriptors or memory: what is open may end meanwhile.
      if (failure != 0 && failure != EAGAIN && failure != ECONNABORTED) {
        co_await Sleep(absl::Milliseconds(100));
      }
    }
  }

  // Returns 0 or the reason why there is no connection.
  int AcceptOne(Drain& drain, ConnectionHandler& handler) {
    UniqueFd fd(::accept4(descriptor_.native_handle(), nullptr, nullptr,
                          SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.is_open()) return errno;
    if (open_.load() >= max_connections_) {
      ++refused_;
      return 0;
    }
    ++open_;
    Reactor& target = runtime_.NextReactor();
    const int family =
        endpoint_.is_unix() ? AF_UNIX : PeerOf(fd.get()).family();
    target.Post([self = shared_from_this(), &drain, &handler, &target, family,
                 raw = fd.Release()] {
      auto socket =
          std::make_unique<Stream::Socket>(target, UniqueFd(raw), family);
      socket->LearnEnds();
      Spawn(drain, target, ServeOne(self, handler, Stream(std::move(socket))));
    });
    return 0;
  }

  static Task<> ServeOne(std::shared_ptr<Acceptor> self,
                         ConnectionHandler& handler, Stream stream) {
    co_await handler.Serve(std::move(stream));
    --self->open_;
  }

  Runtime& runtime_;
  Reactor& reactor_;
  const Endpoint endpoint_;
  const size_t max_connections_;
  Descriptor descriptor_;
  std::atomic<bool> is_closed_ = false;
  std::atomic<size_t> open_ = 0;
  std::atomic<uint64_t> refused_ = 0;
};

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(
    Runtime& runtime, ListenOptions options) {
  ASSIGN_OR_RETURN(UniqueFd fd, Bind(options));
  return std::unique_ptr<Listener>(new Listener(std::make_shared<Acceptor>(
      runtime, std::move(fd), options.max_connections)));
}

Listener::Listener(std::shared_ptr<Acceptor> acceptor)
    : acceptor_(std::move(acceptor)) {}
Listener::~Listener() { Close(); }

const Endpoint& Listener::endpoint() const { return acceptor_->endpoint(); }
void Listener::Serve(Drain& drain, ConnectionHandler& handler) {
  acceptor_->Serve(drain, handler);
}
void Listener::Close() { acceptor_->Close(); }
size_t Listener::open_connections() const {
  return acceptor_->open_connections();
}
uint64_t Listener::refused_connections() const {
  return acceptor_->refused_connections();
}

}  // namespace postern::net
