// The reference engine: serves a Filter with sendmail's libmilter.
//
// It is there to compare: what our engine (server.h) does differently is a bug
// of one of the two. libmilter is global to a process and calls back on threads
// of its own. Those write what they are told as packets again, and a Dialogue
// on a reactor takes them, so that a filter sees no difference; a message that
// is decided about at its end costs one change of threads.
//
// Macros: libmilter tells only those that are asked for by name. Those are the
// ones in Needs::macros and what Postfix and sendmail tell of their own accord.
//
// Limits:  one in a process, one socket; no TLS, no max_connections, no
//          max_connection_age.
// Errors:  Start() returns InvalidArgument, or Unavailable when the socket
//          cannot be opened.
// Threads: Start() and Stop() from the main thread.
// Bugs:    a thread of libmilter's waits for SIGTERM, SIGINT and SIGHUP. From
//          the moment when the daemon is ready the kernel gives them to the
//          main thread (lib/daemon/signals.h). A SIGHUP before that ends the
//          process as by SIGTERM.

#ifndef POSTERN_LIB_MILTER_LIBMILTER_SERVER_H_
#define POSTERN_LIB_MILTER_LIBMILTER_SERVER_H_

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/milter/filter_session.h"
#include "lib/milter/libmilter_connection.h"
#include "lib/milter/options.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"

namespace postern::milter {

class LibmilterServer {
 public:
  struct Options {
    std::string name = "postern";  // In libmilter's log.
    net::Endpoint endpoint;
    int socket_mode = 0660;
    std::string socket_owner;
    int backlog = 1024;
    absl::Duration idle_timeout = absl::Hours(2);
    absl::Duration message_timeout = absl::Minutes(1);
    absl::Duration progress_interval = kProgressInterval;
  };

  // Opens the socket and serves. `context` and `runtime` must outlive it.
  static absl::StatusOr<std::unique_ptr<LibmilterServer>> Start(
      Options options, FilterContext& context, net::Runtime& runtime);
  LibmilterServer(const LibmilterServer&) = delete;
  LibmilterServer& operator=(const LibmilterServer&) = delete;
  // Stops.
  ~LibmilterServer();

  // Takes no more connections, and waits for the messages that have begun,
  // `wait` at most. What is said after that is answered with a temporary
  // failure.
  void Stop(absl::Duration wait);

 private:
  struct Callbacks;

  LibmilterServer(Options options, FilterContext& context,
                  net::Runtime& runtime);
  absl::Status Open();
  // Runs libmilter until it is stopped.
  void Main();
  void StopListening();
  net::Task<> WakeListener();
  // For the callbacks.
  LibmilterConnection* NewConnection(smfi_str* context);
  milter::Options Answer(smfi_str* context, const milter::Options& offer);

  const Options options_;
  FilterContext& context_;
  net::Runtime& runtime_;
  std::array<std::vector<std::string>, kStages> macro_names_;
  MessageCount messages_;
  net::Drain tasks_;  // On reactors, for a thread of libmilter's that waits.
  absl::Mutex mutex_;
  // What was offered on a connection: it is told once, and many clients may
  // follow. A connection's address is used again only by one with a new offer.
  std::map<smfi_str*, milter::Options> offers_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_LIBMILTER_SERVER_H_
