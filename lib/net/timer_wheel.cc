#include "lib/net/timer_wheel.h"

#include <algorithm>
#include <chrono>
#include <system_error>

namespace postern::net {
namespace {

constexpr std::chrono::milliseconds kStep(10);

// The first tick that is not before `at`.
int64_t TickAfter(Deadline::TimePoint at) {
  return (at.time_since_epoch() + kStep - std::chrono::nanoseconds(1)) / kStep;
}

int64_t PresentTick() {
  return std::chrono::steady_clock::now().time_since_epoch() / kStep;
}

}  // namespace

void TimerWheel::Link::Unlink() {
  previous->next = next;
  next->previous = previous;
  previous = next = this;
}

void TimerWheel::Link::InsertBefore(Link& place) {
  previous = place.previous;
  next = &place;
  previous->next = this;
  next->previous = this;
}

TimerWheel::Entry::~Entry() { Unlink(); }

void TimerWheel::Entry::Arm(Deadline deadline) {
  is_armed_ = true;
  at_ = deadline.time_point();
  const bool is_linked = next != this;
  if (is_linked && tick_ <= TickAfter(at_)) return;
  Unlink();
  if (wheel_ != nullptr) wheel_->Insert(*this);
}

TimerWheel::TimerWheel(asio::io_context& context) : timer_(context) {}

TimerWheel::~TimerWheel() {
  for (Link& slot : slots_) {
    while (slot.next != &slot) {
      Entry& entry = static_cast<Entry&>(*slot.next);
      entry.Unlink();
      entry.wheel_ = nullptr;
      if (entry.is_armed_) entry.OnShutdown();
    }
  }
}

void TimerWheel::Insert(Entry& entry) {
  // An empty wheel has not turned: its place is set anew.
  if (occupied_.none()) current_tick_ = PresentTick();
  const int64_t wanted = TickAfter(entry.at_);
  entry.tick_ = std::clamp<int64_t>(wanted, current_tick_ + 1,
                                    current_tick_ + kSlots - 1);
  const size_t slot = entry.tick_ % kSlots;
  entry.InsertBefore(slots_[slot]);
  occupied_.set(slot);
  if (wake_tick_ < 0 || entry.tick_ < wake_tick_) WakeAt(entry.tick_);
}

void TimerWheel::WakeAt(int64_t tick) {
  wake_tick_ = tick;
  timer_.expires_at(Deadline::TimePoint(kStep * tick));
  timer_.async_wait([this](const std::error_code& error) {
    if (!error) Turn();
  });
}

void TimerWheel::Turn() {
  wake_tick_ = -1;
  const int64_t present = PresentTick();
  // Not more than one round: further slots are the same ones again.
  current_tick_ =
      std::max<int64_t>(current_tick_, present - static_cast<int64_t>(kSlots));
  while (current_tick_ < present) {
    ++current_tick_;
    ServeSlot(current_tick_ % kSlots);
  }
  const int64_t next = NextOccupiedTick();
  if (next >= 0 && (wake_tick_ < 0 || next < wake_tick_)) WakeAt(next);
}

void TimerWheel::ServeSlot(size_t slot) {
  if (!occupied_.test(slot)) return;
  Link due;
  while (slots_[slot].next != &slots_[slot]) {
    Link& link = *slots_[slot].next;
    link.Unlink();
    link.InsertBefore(due);
  }
  occupied_.reset(slot);
  while (due.next != &due) {
    Entry& entry = static_cast<Entry&>(*due.next);
    entry.Unlink();
    if (!entry.is_armed_) continue;
    if (TickAfter(entry.at_) > current_tick_) {
      Insert(entry);
      continue;
    }
    entry.is_armed_ = false;
    entry.OnTimeout();
  }
}

int64_t TimerWheel::NextOccupiedTick() const {
  if (occupied_.none()) return -1;
  for (int64_t tick = current_tick_ + 1;; ++tick) {
    if (occupied_.test(tick % kSlots)) return tick;
  }
}

}  // namespace postern::net
