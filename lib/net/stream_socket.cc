#include "lib/net/stream_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/net/socket_address.h"
#include "lib/net/tls_context.h"

namespace postern::net {
namespace {

constexpr asio::experimental::as_tuple_t<
    asio::use_awaitable_t<asio::io_context::executor_type>>
    kTuple;

// How often a TLS stream may find data without a wait before the reactor's
// other streams have their turn.
constexpr int kReadsWithoutWait = 16;

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
  if (tls_) return tls_->SayLast(farewell);
  // Whether it arrives does not matter: the connection is closed next.
  [[maybe_unused]] const ssize_t n =
      ::send(plain_.native_handle(), farewell.data(), farewell.size(),
             MSG_NOSIGNAL | MSG_DONTWAIT);
}

Stream::Socket::Arrived Stream::Socket::Peek() {
  char first;
  const ssize_t bytes =
      ::recv(plain_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (bytes > 0) return Arrived::kInput;
  const bool may_come = bytes < 0 && (errno == EAGAIN || errno == EINTR);
  return may_come ? Arrived::kNothing : Arrived::kEnd;
}

bool Stream::Socket::HasInput() {
  return (tls_ && tls_->HasInput()) || Peek() == Arrived::kInput;
}

bool Stream::Socket::HasEnded() {
  return tls_ ? tls_->HasEnded() : Peek() == Arrived::kEnd;
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
  read_timer_.Arm(deadline);
  if (tls_) {
    absl::StatusOr<size_t> read = co_await ReadTls(buffer);
    read_timer_.Disarm();
    co_return read;
  }
  const asio::mutable_buffer target(buffer.data(), buffer.size());
  const auto [error, n] = co_await plain_.async_read_some(target, kTuple);
  read_timer_.Disarm();
  if (!error) co_return n;
  if (error == asio::error::eof) co_return size_t{0};
  co_return StatusOf(error);
}

Task<std::error_code> Stream::Socket::Await(TlsConnection::Progress needs) {
  const auto event = needs == TlsConnection::Progress::kNeedsInput
                         ? Plain::wait_read
                         : Plain::wait_write;
  const auto [error] = co_await plain_.async_wait(event, kTuple);
  co_return error;
}

Task<absl::StatusOr<size_t>> Stream::Socket::ReadTls(absl::Span<char> buffer) {
  using Progress = TlsConnection::Progress;
  if (++reads_without_wait_ == kReadsWithoutWait) {
    reads_without_wait_ = 0;
    co_await Yield();
  }
  while (true) {
    size_t n = 0;
    const Progress progress = tls_->Read(buffer, n);
    if (progress == Progress::kDone) co_return n;
    if (progress == Progress::kFailed) {
      co_return absl::UnavailableError(tls_->failure());
    }
    const std::error_code error = co_await Await(progress);
    if (error) co_return StatusOf(error);
    reads_without_wait_ = 0;
  }
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
  write_timer_.Arm(deadline);
  // (g++ 12 miscompiles `tls_ ? co_await … : co_await …`.)
  absl::Status written;
  if (tls_) {
    written = co_await WriteTls(data);
  } else {
    written = co_await WritePlain(data);
  }
  write_timer_.Disarm();
  co_return written;
}

Task<absl::Status> Stream::Socket::WriteTls(absl::string_view data) {
  while (true) {
    const TlsConnection::Progress progress = tls_->Write(data);
    if (progress == TlsConnection::Progress::kDone) co_return absl::OkStatus();
    if (progress == TlsConnection::Progress::kFailed) {
      co_return absl::UnavailableError(tls_->failure());
    }
    const std::error_code error = co_await Await(progress);
    if (error) co_return StatusOf(error);
  }
}

Task<absl::Status> Stream::Socket::WritePlain(absl::string_view data) {
  const asio::const_buffer source(data.data(), data.size());
  const auto [error, written] =
      co_await asio::async_write(plain_, source, kTuple);
  if (error) co_return StatusOf(error);
  co_return absl::OkStatus();
}

Task<absl::Status> Stream::Socket::Handshake(TlsContext& context, TlsPeer peer,
                                             TlsConnection::Role role,
                                             Deadline deadline) {
  using Progress = TlsConnection::Progress;
  TlsContext::Context::Loaded loaded = context.context().Current();
  tls_.emplace(std::move(loaded.context), plain_.native_handle(), role);
  absl::Status status;
  if (role == TlsConnection::Role::kClient && !tls_->Expect(peer)) {
    status = absl::UnavailableError("no name to find in the certificate");
  }
  if (loaded.sessions != nullptr && !peer.session_key.empty()) {
    tls_->UseSessions(std::move(loaded.sessions), peer.session_key);
  }
  read_timer_.Arm(deadline);
  while (status.ok()) {
    const Progress progress = tls_->Handshake();
    if (progress == Progress::kDone) break;
    if (progress == Progress::kFailed) {
      status = absl::UnavailableError(tls_->failure());
      break;
    }
    const std::error_code error = co_await Await(progress);
    if (error) status = StatusOf(error);
  }
  read_timer_.Disarm();
  if (status.ok()) co_return status;
  // MTA-21: nothing more is said on this connection.
  is_interrupted_ = true;
  co_return absl::Status(status.code(),
                         absl::StrCat("TLS handshake: ", status.message()));
}

}  // namespace postern::net
