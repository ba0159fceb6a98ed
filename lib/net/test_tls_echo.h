// A connection handler for tests: makes the server's handshake, then sends back
// what comes first, and leaves.

#ifndef POSTERN_LIB_NET_TEST_TLS_ECHO_H_
#define POSTERN_LIB_NET_TEST_TLS_ECHO_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/net/deadline.h"
#include "lib/net/listener.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"

namespace postern::net {

class TlsEcho final : public ConnectionHandler {
 public:
  // `context` outlives it.
  explicit TlsEcho(TlsContext& context) : context_(context) {}

  Task<> Serve(Stream stream) override {
    const Deadline deadline = Deadline::After(absl::Seconds(30));
    const absl::Status secured =
        co_await stream.StartTlsServer(context_, deadline);
    if (!secured.ok()) co_return;
    char buffer[512];
    const auto n = co_await stream.Read(absl::MakeSpan(buffer), deadline);
    if (!n.ok()) co_return;
    co_await stream.Write(absl::string_view(buffer, *n), deadline);
  }

 private:
  TlsContext& context_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TEST_TLS_ECHO_H_
