// Our engine: serves a Filter over TCP and Unix sockets.
//
// A connection is one task: it reads what is there, takes every whole packet of
// it, and sends all the replies with one write. The work of a message costs a
// read or two and one write, however many packets it came in.
//
// A connection ends when the server says so or closes it, after idle_timeout
// without a word, after max_connection_age between two clients, after a
// malformed packet (without a reply: the server does what it does when a filter
// fails), and when draining: a message that has begun is finished first.
//
// Metrics: meters.h.
// Threads: on any reactor, many connections at a time.

#ifndef POSTERN_LIB_MILTER_SERVER_H_
#define POSTERN_LIB_MILTER_SERVER_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/milter/filter_session.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"
#include "proto/config/v1/milter.pb.h"

namespace postern::milter {

class Server final : public net::ConnectionHandler {
 public:
  struct Options {
    absl::Duration idle_timeout = absl::Hours(2);
    absl::Duration message_timeout = absl::Minutes(1);
    absl::Duration max_connection_age = absl::Minutes(30);
    // Of the word that a decision about a message is still to come.
    absl::Duration progress_interval = kProgressInterval;

    static Options FromConfig(const config::v1::MilterServer& config);
  };

  // Connections begin with a TLS handshake if there is a `tls`. All references
  // must outlive the server.
  Server(Options options, FilterContext& context, net::Drain& drain,
         net::TlsContext* tls = nullptr);

  net::Task<> Serve(net::Stream stream) override;

 private:
  class Connection;

  // Counts it, and logs it at most once a second.
  void ReportMalformed(const net::Stream& stream, const absl::Status& why);

  const Options options_;
  FilterContext& context_;
  net::Drain& drain_;
  net::TlsContext* const tls_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_SERVER_H_
