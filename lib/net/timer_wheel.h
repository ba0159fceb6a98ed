// Many deadlines on one reactor, at almost no cost each.
//
// Most deadlines never pass: a read is given five minutes and takes one
// millisecond. So arming is two assignments as a rule: an entry stays in the
// slot where it is, and is moved only if its slot comes up before its deadline
// does (or if the new deadline is earlier than its slot).
//
// Threads: of one reactor. For lib/net alone.
// Limits:  steps of 10 ms; OnTimeout comes up to one step late, never early.

#ifndef POSTERN_LIB_NET_TIMER_WHEEL_H_
#define POSTERN_LIB_NET_TIMER_WHEEL_H_

#include <array>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <bitset>
#include <cstddef>
#include <cstdint>

#include "lib/net/deadline.h"

namespace postern::net {

class TimerWheel {
 private:
  struct Link {
    Link* previous = this;
    Link* next = this;
    void Unlink();
    void InsertBefore(Link& place);
  };

 public:
  // Something with a deadline. Disarm or destroy it on its reactor.
  class Entry : private Link {
   public:
    explicit Entry(TimerWheel& wheel) : wheel_(&wheel) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    virtual ~Entry();

    // Calls OnTimeout() once `deadline` has passed, instead of any earlier
    // arrangement.
    void Arm(Deadline deadline);
    void Disarm() { is_armed_ = false; }

   protected:
    virtual void OnTimeout() = 0;
    // The reactor ends while the entry is armed.
    virtual void OnShutdown() {}

   private:
    friend class TimerWheel;
    TimerWheel* wheel_;
    bool is_armed_ = false;
    Deadline::TimePoint at_;
    int64_t tick_ = 0;  // The slot it is linked into, when linked.
  };

  explicit TimerWheel(asio::io_context& context);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  // Calls OnShutdown() of all armed entries.
  ~TimerWheel();

 private:
  static constexpr size_t kSlots = 512;

  void Insert(Entry& entry);
  void WakeAt(int64_t tick);
  // Serves all slots up to the present.
  void Turn();
  void ServeSlot(size_t slot);
  int64_t NextOccupiedTick() const;

  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      timer_;
  std::array<Link, kSlots> slots_;
  std::bitset<kSlots> occupied_;
  int64_t current_tick_ = 0;  // Slots up to this one have been served.
  int64_t wake_tick_ = -1;    // When timer_ fires; -1: it sleeps.
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TIMER_WHEEL_H_
