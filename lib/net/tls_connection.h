// One end of a TLS connection over a socket that never blocks. For lib/net
// alone.
//
// OpenSSL reads and writes the socket itself, so that a connection that waits
// holds no buffers (SSL_MODE_RELEASE_BUFFERS). Each operation goes as far as it
// can at once and says what it waits for; it is called again when the socket
// has that. It writes without MSG_NOSIGNAL: SIGPIPE must be ignored, as
// Runtime::Create() has it.
//
// Errors:  kFailed, after which only failure() and the destructor are of use.
//          A peer that goes without close_notify has ended its data as well:
//          the protocols above say themselves where their messages end.
// Threads: one at a time.

#ifndef POSTERN_LIB_NET_TLS_CONNECTION_H_
#define POSTERN_LIB_NET_TLS_CONNECTION_H_

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/net/tls_peer.h"
#include "lib/net/tls_sessions.h"

namespace postern::net {

class TlsConnection {
 public:
  enum class Role { kServer, kClient };
  enum class Progress { kDone, kNeedsInput, kNeedsOutput, kFailed };

  // `fd` stays the caller's and must outlive the connection.
  TlsConnection(std::shared_ptr<SSL_CTX> context, int fd, Role role);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  // Says close_notify if the kernel takes it at once.
  ~TlsConnection();

  // Clients, before the handshake: takes no other server than `peer`. False:
  // nothing can be verified.
  bool Expect(const TlsPeer& peer);

  // Clients, before the handshake: takes up the session of `key`, if there is
  // one, and keeps the one that comes of this connection.
  void UseSessions(std::shared_ptr<TlsSessions> sessions, std::string key);

  // OpenSSL's callback for UseSessions().
  static int KeepSession(SSL* ssl, SSL_SESSION* session);

  Progress Handshake();

  // Reads at least a byte into `buffer`; kDone with none is the peer's end.
  Progress Read(absl::Span<char> buffer, size_t& read);

  // Writes all of `data`, from whose front it removes what is written. After
  // kNeeds… it must be called with what is left.
  Progress Write(absl::string_view& data);

  // Writes what the kernel takes at once, if nothing else is half-written.
  void SayLast(absl::string_view farewell);

  // Whether Read() has something without the socket's help.
  bool HasInput() const;

  // Whether the peer has closed, or the connection is lost, and all that it has
  // sent was read: takes in what is no data of the peer's, such as a
  // close_notify. Not while an operation waits.
  bool HasEnded();

  // What is wrong with the peer's certificate, after a handshake that failed,
  // or one with a peer that is lenient.
  TlsFault fault() const;

  // Why the last operation failed, in words.
  const std::string& failure() const { return failure_; }

  SSL* ssl() { return ssl_.get(); }

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };

  bool ExpectName(const TlsPeer& peer);
  bool ExpectTlsa(const TlsPeer& peer);
  // Forgets the errors of others in this thread.
  static void Begin();
  Progress ProgressOf(int result);
  Progress Fail(std::string why);

  std::shared_ptr<SSL_CTX> context_;  // And what its callbacks refer to.
  std::unique_ptr<SSL, Free> ssl_;
  std::shared_ptr<TlsSessions> sessions_;
  std::string session_key_;
  bool wants_proof_ = false;
  bool is_open_ = false;  // Past the handshake and sound.
  bool is_writing_ = false;
  std::string failure_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_CONNECTION_H_
