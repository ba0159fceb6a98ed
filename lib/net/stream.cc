#include "lib/net/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/ssl/error.hpp>
#include <asio/ssl/host_name_verification.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/net/socket_address.h"
#include "lib/net/stream_socket.h"
#include "lib/net/tls_context.h"
#include "lib/net/tls_facts.h"

namespace postern::net {
namespace {

constexpr asio::experimental::as_tuple_t<
    asio::use_awaitable_t<asio::io_context::executor_type>>
    kTuple;

}  // namespace

Stream::Socket::Socket(Reactor& reactor, UniqueFd fd, int family)
    : plain_(reactor.context()),
      read_timer_(reactor, *this),
      write_timer_(reactor, *this) {
  if (family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  std::error_code ignored;  // The first operation will fail and say why.
  plain_.assign(asio::generic::stream_protocol(family, 0), fd.Release(),
                ignored);
}

void Stream::Socket::LearnEnds() {
  const SocketAddress peer = PeerOf(plain_.native_handle());
  peer_ = peer.ToEndpoint();
  peer_address_ = peer.ToIp();
  local_ = LocalOf(plain_.native_handle()).ToEndpoint();
}

absl::Status Stream::Socket::StatusOf(const std::error_code& error) const {
  if (is_interrupted_) return absl::CancelledError("interrupted");
  if (is_expired_) return absl::DeadlineExceededError("timed out");
  return absl::UnavailableError(error.message());
}

void Stream::Socket::Expire() {
  is_expired_ = true;
  CancelWaits();
}

void Stream::Socket::Interrupt() {
  is_interrupted_ = true;
  CancelWaits();
}

void Stream::Socket::SayLast(absl::string_view farewell) {
  if (tls_) return;
  // Whether it arrives does not matter: the connection is closed next.
  [[maybe_unused]] const ssize_t n =
      ::send(plain_.native_handle(), farewell.data(), farewell.size(),
             MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool Stream::Socket::HasInput() {
  char first;
  if (tls_ && SSL_pending(ssl()) > 0) return true;
  return ::recv(plain_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Stream::Socket::CancelWaits() {
  std::error_code ignored;  // A closed socket has nothing to cancel.
  plain_.cancel(ignored);
}

Task<absl::Status> Stream::Socket::Connect(const sockaddr* address, size_t size,
                                           Deadline deadline) {
  const asio::generic::stream_protocol::endpoint endpoint(address, size);
  write_timer_.Arm(deadline);
  const auto [error] = co_await plain_.async_connect(endpoint, kTuple);
  write_timer_.Disarm();
  if (error) co_return StatusOf(error);
  LearnEnds();
  co_return absl::OkStatus();
}

Task<absl::StatusOr<size_t>> Stream::Socket::Read(absl::Span<char> buffer,
                                                  Deadline deadline) {
  if (is_interrupted_ || is_expired_) co_return StatusOf({});
  const asio::mutable_buffer target(buffer.data(), buffer.size());
  std::error_code error;
  size_t n = 0;
  read_timer_.Arm(deadline);
  if (tls_) {
    std::tie(error, n) = co_await tls_->async_read_some(target, kTuple);
  } else {
    std::tie(error, n) = co_await plain_.async_read_some(target, kTuple);
  }
  read_timer_.Disarm();
  if (!error) co_return n;
  // A peer that leaves without close_notify ends its data as well: the
  // protocols above say themselves where their messages end.
  if (error == asio::error::eof ||
      error == asio::ssl::error::stream_truncated) {
    co_return size_t{0};
  }
  co_return StatusOf(error);
}

Task<absl::Status> Stream::Socket::Write(absl::string_view data,
                                         Deadline deadline) {
  if (is_interrupted_ || is_expired_) co_return StatusOf({});
  if (!tls_) {
    // As a rule the kernel has room for all of it.
    const ssize_t n = ::send(plain_.native_handle(), data.data(), data.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) data.remove_prefix(n);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      co_return StatusOf(std::error_code(errno, std::generic_category()));
    }
    if (data.empty()) co_return absl::OkStatus();
  }
  co_return co_await WriteWaiting(data, deadline);
}

Task<absl::Status> Stream::Socket::WriteWaiting(absl::string_view data,
                                                Deadline deadline) {
  const asio::const_buffer source(data.data(), data.size());
  std::error_code error;
  size_t written = 0;
  write_timer_.Arm(deadline);
  if (tls_) {
    std::tie(error, written) =
        co_await asio::async_write(*tls_, source, kTuple);
  } else {
    std::tie(error, written) =
        co_await asio::async_write(plain_, source, kTuple);
  }
  write_timer_.Disarm();
  if (error) co_return StatusOf(error);
  co_return absl::OkStatus();
}

Task<absl::Status> Stream::Socket::Handshake(
    TlsContext& context, std::string host,
    asio::ssl::stream_base::handshake_type role, Deadline deadline) {
  tls_context_ = context.context().Current().context;
  tls_.emplace(plain_, *tls_context_);
  if (role == asio::ssl::stream_base::client) {
    const bool is_name = !IpAddress::Parse(host).ok();
    if (is_name && !host.empty()) {
      SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
    }
    if (context.verifies_peer()) {
      tls_->set_verify_callback(asio::ssl::host_name_verification(host));
    }
  }
  read_timer_.Arm(deadline);
  const auto [error] = co_await tls_->async_handshake(role, kTuple);
  read_timer_.Disarm();
  if (!error) co_return absl::OkStatus();
  const absl::Status status = StatusOf(error);
  // MTA-21: nothing more is said on this connection.
  is_interrupted_ = true;
  co_return absl::Status(status.code(),
                         absl::StrCat("TLS handshake: ", status.message()));
}

Stream::Stream(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Task<absl::StatusOr<size_t>> Stream::Read(absl::Span<char> buffer,
                                          Deadline deadline) {
  return socket_->Read(buffer, deadline);
}

Task<absl::Status> Stream::Write(absl::string_view data, Deadline deadline) {
  return socket_->Write(data, deadline);
}

Task<absl::Status> Stream::StartTlsServer(TlsContext& context,
                                          Deadline deadline) {
  return socket_->Handshake(context, "", asio::ssl::stream_base::server,
                            deadline);
}

Task<absl::Status> Stream::StartTlsClient(TlsContext& context, std::string host,
                                          Deadline deadline) {
  return socket_->Handshake(context, std::move(host),
                            asio::ssl::stream_base::client, deadline);
}

bool Stream::is_tls() const { return socket_->ssl() != nullptr; }

std::string Stream::tls_version() const {
  return is_tls() ? SSL_get_version(socket_->ssl()) : "";
}

std::string Stream::tls_cipher() const {
  return is_tls() ? SSL_get_cipher_name(socket_->ssl()) : "";
}

TlsFacts Stream::tls_facts(const std::string& fingerprint_digest) const {
  return is_tls() ? FactsOf(socket_->ssl(), fingerprint_digest) : TlsFacts();
}

void Stream::AssumeEnds(Endpoint peer, IpAddress peer_address, Endpoint local) {
  socket_->AssumeEnds(std::move(peer), peer_address, std::move(local));
}

void Stream::Interrupt() { socket_->Interrupt(); }
void Stream::SayLast(absl::string_view farewell) { socket_->SayLast(farewell); }
bool Stream::HasInput() const { return socket_->HasInput(); }
const Endpoint& Stream::peer() const { return socket_->peer(); }
const IpAddress& Stream::peer_address() const {
  return socket_->peer_address();
}
const Endpoint& Stream::local() const { return socket_->local(); }

Task<absl::StatusOr<Stream>> Connect(Endpoint endpoint, Deadline deadline) {
  return Connect(std::move(endpoint), deadline, ConnectOptions());
}

Task<absl::StatusOr<Stream>> Connect(Endpoint endpoint, Deadline deadline,
                                     ConnectOptions options) {
  CO_ASSIGN_OR_RETURN(const SocketAddress address,
                      SocketAddress::From(endpoint));
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) co_return ErrnoStatus(errno, endpoint.ToString());
  if (!options.bind_address.empty()) {
    const Endpoint from = {
        .host = options.bind_address, .port = 0, .unix_path = {}};
    CO_ASSIGN_OR_RETURN(const SocketAddress source, SocketAddress::From(from));
    if (::bind(fd.get(), source.get(), source.size) != 0) {
      co_return ErrnoStatus(errno, options.bind_address);
    }
  }
  auto socket = std::make_unique<Stream::Socket>(
      Reactor::Current(), std::move(fd), address.family());
  const absl::Status status =
      co_await socket->Connect(address.get(), address.size, deadline);
  if (!status.ok()) {
    co_return absl::Status(status.code(), absl::StrCat(endpoint.ToString(),
                                                       ": ", status.message()));
  }
  co_return Stream(std::move(socket));
}

}  // namespace postern::net
