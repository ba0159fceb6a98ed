// One thread, many sockets: the little that a load generator needs, so that
// the machine's two cores go to the program that is measured.
//
//   EventLoop loop;
//   loop.Run([&] { return done; }, deadline_seconds);
//
// A Connection reads until the kernel has nothing more and hands the bytes to
// OnData(); Send() writes at once and keeps what did not fit.
//
// Errors:  a failed system call ends the process with one line (Die); a
//          benchmark with half of its connections would measure nothing.
// Threads: one.

#ifndef POSTERN_TESTS_BENCH_EVENT_LOOP_H_
#define POSTERN_TESTS_BENCH_EVENT_LOOP_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::bench {

// Ends the process with `what` and errno's text.
[[noreturn]] void Die(absl::string_view what);

// Seconds on the machine's monotonic clock, the same for all processes.
double Now();

// Processor time of this process, user and system.
double CpuSeconds();

// Tells whether standard input has ended: so the driver ends a generator that
// goes on for as long as something else is measured.
bool InputHasEnded();

// Where to connect: "127.0.0.1:2525" or "unix:/path".
struct Target {
  explicit Target(absl::string_view text);

  sockaddr_storage address = {};
  socklen_t length = 0;
};

class EventLoop;

// One socket and its buffers.
class Connection {
 public:
  explicit Connection(EventLoop& loop) : loop_(loop) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection();

  void Connect(const Target& target);
  // From an address of this machine, to be another client than others.
  void Connect(const Target& target, const Target& source);
  void Adopt(int fd);
  void Send(absl::string_view data);
  void Close();
  bool is_open() const { return fd_ >= 0; }

 protected:
  // `input` holds what has come and was not taken; erase what you take.
  virtual void OnData(std::string& input) = 0;
  // The other side closed; the socket is closed already.
  virtual void OnClosed() = 0;

  EventLoop& loop() { return loop_; }

 private:
  friend class EventLoop;
  void Connect(int fd, const Target& target);
  void Ready(uint32_t events);
  void Read();
  void Flush();
  void Watch(bool for_write);

  EventLoop& loop_;
  int fd_ = -1;
  bool watching_write_ = false;
  std::string input_;
  std::string output_;
};

class EventLoop {
 public:
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // Serves sockets until done() or the time is over; false: time was over.
  bool Run(const std::function<bool()>& done, double seconds);

  // Calls `accept` with each new connection of a listening socket.
  void Listen(const Target& target, std::function<void(int fd)> accept);

 private:
  friend class Connection;
  void AcceptAll();

  int epoll_ = -1;
  int listener_ = -1;
  std::function<void(int)> accept_;
};

}  // namespace postern::bench

#endif  // POSTERN_TESTS_BENCH_EVENT_LOOP_H_
