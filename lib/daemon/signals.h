// SIGHUP, SIGTERM and SIGINT, for the main thread alone.
//
//   Signals signals;                  // before any other thread is started
//   …start…
//   signals.Catch();
//   while (signals.Next(absl::Seconds(1)) != SIGTERM) …
//
// From Catch() on the main thread is the one that the kernel hands them to,
// also while it is at something else: a library may have a thread that waits
// for the same signals, as libmilter does, and would get those that the main
// thread has blocked.
//
// Source:  signal(7); the kernel prefers the main thread if it takes a signal.
// Errors:  none that can be mended: aborts.
// Threads: of the main thread; one in a process.

#ifndef POSTERN_LIB_DAEMON_SIGNALS_H_
#define POSTERN_LIB_DAEMON_SIGNALS_H_

#include <csignal>

#include "absl/time/time.h"

namespace postern::daemon {

class Signals {
 public:
  // Blocks them: threads that are started now inherit that.
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  // Blocks them again.
  ~Signals();

  void Catch();

  // Returns the next one, or 0 if none has come within `wait`. One that comes
  // twice before it is asked for may be one.
  int Next(absl::Duration wait);

 private:
  sigset_t signals_;
};

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_SIGNALS_H_
