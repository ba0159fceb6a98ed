// A connected socket, TCP or Unix, with or without TLS.
//
// Every operation has a deadline; there is no form without one. After any
// error, and after a deadline, the stream is only good for closing. Small
// writes go out at once (TCP_NODELAY), so send a whole reply in one Write().
//
//   ASSIGN_OR_RETURN: see status_macros.h
//   CO_ASSIGN_OR_RETURN(net::Stream stream,
//                       co_await net::Connect(endpoint, deadline));
//   CO_RETURN_IF_ERROR(co_await stream.Write("PING\r\n", deadline));
//   char buffer[4096];
//   CO_ASSIGN_OR_RETURN(size_t n, co_await stream.Read(buffer, deadline));
//
// Errors:  DeadlineExceeded, Cancelled (Interrupt()), Unavailable (refused,
//          reset, TLS failed). The end of the peer's data is not an error:
//          Read returns 0.
// Threads: belongs to the reactor where it was made.

#ifndef POSTERN_LIB_NET_STREAM_H_
#define POSTERN_LIB_NET_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"
#include "lib/net/tls_facts.h"
#include "lib/net/tls_peer.h"

namespace postern::net {

class TlsContext;

class Stream {
 public:
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  // Closes the connection without waiting for anything.
  ~Stream();

  // Reads what is there, at least one byte; 0 is the end.
  Task<absl::StatusOr<size_t>> Read(absl::Span<char> buffer, Deadline deadline);

  // Writes all of `data`, which must live until the task is done.
  Task<absl::Status> Write(absl::string_view data, Deadline deadline);

  // Makes the connection a TLS one. Nothing read before counts: a caller that
  // has unread bytes in a buffer must drop them (MTA-17, MTA-19). As client,
  // `host` is sent as SNI and must be in the certificate if the context
  // verifies. A failed handshake never falls back (MTA-21).
  Task<absl::Status> StartTlsServer(TlsContext& context, Deadline deadline);
  Task<absl::Status> StartTlsClient(TlsContext& context, std::string host,
                                    Deadline deadline);
  // The same with all that can be asked of a server. A proof by name needs a
  // context that verifies.
  Task<absl::Status> StartTlsClient(TlsContext& context, TlsPeer peer,
                                    Deadline deadline);
  bool is_tls() const;
  // "TLSv1.3" and the cipher's name, empty without TLS.
  std::string tls_version() const;
  std::string tls_cipher() const;
  // What is wrong with the server's certificate: why StartTlsClient() failed,
  // or what a lenient TlsPeer let pass.
  TlsFault tls_fault() const;
  // Whether it goes on with an earlier session.
  bool is_tls_resumed() const;
  // All that is known of the TLS connection (tls_facts.h); empty without TLS.
  TlsFacts tls_facts(const std::string& fingerprint_digest) const;

  // A value that both ends of this TLS connection have and nobody else, who
  // sits between two of them least of all (RFC 9266); empty without TLS, and
  // with an old one where it would not be so.
  std::string tls_binding() const;

  // Ends a pending Read or Write with Cancelled, and all that follow.
  // From the stream's own reactor.
  void Interrupt();

  // Hands last words to the kernel without waiting, also after a deadline or
  // Interrupt(): the 421 of a mail server. What the kernel does not take at
  // once is dropped; nothing is said after a TLS record that is half out.
  void SayLast(absl::string_view farewell);

  // Tells whether the peer has sent something that was not read yet.
  bool HasInput() const;

  // The other end: an address and port, or the path for a Unix socket.
  const Endpoint& peer() const;
  // The peer's address; 127.0.0.1 for a Unix socket.
  const IpAddress& peer_address() const;
  // Our end.
  const Endpoint& local() const;
  // Has the stream tell other ends from now on: those that a proxy in front of
  // us says the connection has.
  void AssumeEnds(Endpoint peer, IpAddress peer_address, Endpoint local);

  // For lib/net alone.
  class Socket;
  explicit Stream(std::unique_ptr<Socket> socket);
  Socket& socket() { return *socket_; }

 private:
  std::unique_ptr<Socket> socket_;
};

struct ConnectOptions {
  // The address to connect from; unset: the kernel chooses, and unless it must
  // be that one also where it is not ours.
  std::string bind_address;
  bool must_bind = true;
};

// Connects to `endpoint`, whose host must be an address: names are resolved in
// lib/dns. (Two functions instead of a default argument: g++ 12 destroys a
// default argument twice within a co_await expression.)
Task<absl::StatusOr<Stream>> Connect(Endpoint endpoint, Deadline deadline);
Task<absl::StatusOr<Stream>> Connect(Endpoint endpoint, Deadline deadline,
                                     ConnectOptions options);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_STREAM_H_
