// Calls something again and again while something else takes its time.
//
//   {
//     const net::Pulse pulse(absl::Seconds(10), [this] { SayThatWeWork(); });
//     result = co_await LongWork();
//   }
//
// One that ends before its first beat costs two assignments (timer_wheel.h).
//
// Threads: made and destroyed on one reactor, which makes the calls between two
//          steps of its tasks; none after the end.

#ifndef POSTERN_LIB_NET_PULSE_H_
#define POSTERN_LIB_NET_PULSE_H_

#include <functional>

#include "absl/time/time.h"
#include "lib/net/timer_wheel.h"

namespace postern::net {

class Pulse {
 public:
  // Calls `beat` after `interval`, and after each further one. It must not
  // destroy the pulse.
  Pulse(absl::Duration interval, std::function<void()> beat);
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

 private:
  class Entry final : public TimerWheel::Entry {
   public:
    Entry(absl::Duration interval, std::function<void()> beat);

   private:
    void OnTimeout() override;

    const absl::Duration interval_;
    const std::function<void()> beat_;
  };

  Entry entry_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_PULSE_H_
