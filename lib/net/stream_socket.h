// The socket inside a Stream. For lib/net alone.

#ifndef POSTERN_LIB_NET_STREAM_SOCKET_H_
#define POSTERN_LIB_NET_STREAM_SOCKET_H_

#include <asio/basic_stream_socket.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/base/unique_fd.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/net/timer_wheel.h"
#include "lib/net/tls_connection.h"

namespace postern::net {

class Stream::Socket {
 public:
  using Plain = asio::basic_stream_socket<asio::generic::stream_protocol,
                                          asio::io_context::executor_type>;

  // Takes a connected or connecting socket of `family`. On the reactor.
  Socket(Reactor& reactor, UniqueFd fd, int family);

  Task<absl::Status> Connect(const sockaddr* address, size_t size,
                             Deadline deadline);
  Task<absl::StatusOr<size_t>> Read(absl::Span<char> buffer, Deadline deadline);
  Task<absl::Status> Write(absl::string_view data, Deadline deadline);
  Task<absl::Status> Handshake(TlsContext& context, TlsPeer peer,
                               TlsConnection::Role role, Deadline deadline);
  void Interrupt();
  void SayLast(absl::string_view farewell);
  bool HasInput();
  bool HasEnded();
  // What the kernel has for us: nothing yet, something, or the end.
  enum class Arrived { kNothing, kInput, kEnd };
  Arrived Peek();

  // Asks the kernel for both ends, once connected.
  void LearnEnds();

  void AssumeEnds(Endpoint peer, IpAddress peer_address, Endpoint local) {
    peer_ = std::move(peer);
    peer_address_ = peer_address;
    local_ = std::move(local);
  }

  const Endpoint& peer() const { return peer_; }
  const IpAddress& peer_address() const { return peer_address_; }
  const Endpoint& local() const { return local_; }
  SSL* ssl() { return tls_ ? tls_->ssl() : nullptr; }
  TlsFault tls_fault() const { return tls_ ? tls_->fault() : TlsFault::kNone; }

 private:
  // Cuts a wait short when its deadline passes.
  class Timer final : public TimerWheel::Entry {
   public:
    Timer(Reactor& reactor, Socket& socket)
        : Entry(reactor.timers()), socket_(socket) {}

   protected:
    void OnTimeout() override { socket_.Expire(); }

   private:
    Socket& socket_;
  };

  void Expire();
  void CancelWaits();
  // What an operation's error means, given what we did to it.
  absl::Status StatusOf(const std::error_code& error) const;
  // Waits for what a TLS operation needs.
  Task<std::error_code> Await(TlsConnection::Progress needs);
  Task<absl::StatusOr<size_t>> ReadTls(absl::Span<char> buffer);
  Task<absl::Status> WriteTls(absl::string_view data);
  Task<absl::Status> WritePlain(absl::string_view data);

  Plain plain_;
  std::optional<TlsConnection> tls_;
  int reads_without_wait_ = 0;
  // One each way: a reader and a writer may wait at the same time.
  Timer read_timer_;
  Timer write_timer_;
  bool is_expired_ = false;
  bool is_interrupted_ = false;
  Endpoint peer_;
  IpAddress peer_address_;
  Endpoint local_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_STREAM_SOCKET_H_
