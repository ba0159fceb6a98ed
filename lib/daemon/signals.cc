#include "lib/daemon/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "lib/net/deadline.h"

namespace postern::daemon {
namespace {

// What has been caught, a byte each. There is no other way out of a handler.
int caught[2] = {-1, -1};

void Catch(int signal) {
  const int error = errno;
  const char byte = static_cast<char>(signal);
  // A pipe that is full of signals tells enough.
  (void)!::write(caught[1], &byte, 1);
  errno = error;
}

}  // namespace

Signals::Signals() {
  sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  if (::pipe2(caught, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
}

void Signals::Catch() {
  struct sigaction action = {};
  action.sa_handler = &daemon::Catch;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    ::sigaction(signal, &action, nullptr);
  }
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

int Signals::Next(absl::Duration wait) {
  const net::Deadline deadline = net::Deadline::After(wait);
  while (true) {
    char signal = 0;
    if (::read(caught[0], &signal, 1) == 1) return signal;
    if (deadline.has_passed()) return 0;
    pollfd readable = {caught[0], POLLIN, 0};
    const timespec left = absl::ToTimespec(deadline.Left());
    ::ppoll(&readable, 1, &left, nullptr);
  }
}

Signals::~Signals() {
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  for (int& end : caught) {
    ::close(end);
    end = -1;
  }
}

}  // namespace postern::daemon
