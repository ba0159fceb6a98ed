// TLS 1.3 as a client speaks it, apart from the socket: bytes of the wire and
// text go in and come out. Trusts every server.
//
//   TlsContext context(/*resumes=*/true);
//   TlsLayer tls(context);
//   Send(tls.Wire());                        // The client's first message.
//   if (!tls.Take(received, text)) …         // Broken.
//   Send(tls.Wire());
//
// Threads: one.

#ifndef POSTERN_TESTS_BENCH_TLS_LAYER_H_
#define POSTERN_TESTS_BENCH_TLS_LAYER_H_

#include <openssl/ssl.h>

#include <string>

#include "absl/strings/string_view.h"

namespace postern::bench {

// What the connections to a server share.
class TlsContext {
 public:
  // `resumes`: the first session that a server lets be resumed is kept, and
  // every later layer resumes it.
  explicit TlsContext(bool resumes);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

 private:
  friend class TlsLayer;
  static int KeepSession(SSL* ssl, SSL_SESSION* session);

  SSL_CTX* const context_;
  SSL_SESSION* session_ = nullptr;
};

// One connection.
class TlsLayer {
 public:
  // `context` must outlive it.
  explicit TlsLayer(TlsContext& context);
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;
  ~TlsLayer();

  // Takes bytes of the wire and appends the text in them; false: the server
  // does not speak TLS 1.3, or refuses.
  bool Take(absl::string_view wire, std::string& text);
  // Once the handshake is done, as it is when text has come.
  void Write(absl::string_view text);
  // What is to be sent now; gives it away.
  std::string Wire();

  bool is_resumed() const;

 private:
  SSL* const ssl_;
  BIO* const from_wire_;  // Both belong to ssl_.
  BIO* const to_wire_;
};

}  // namespace postern::bench

#endif  // POSTERN_TESTS_BENCH_TLS_LAYER_H_
