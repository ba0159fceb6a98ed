#include "lib/net/pulse.h"

#include <utility>

#include "lib/net/deadline.h"
#include "lib/net/runtime.h"

namespace postern::net {

Pulse::Pulse(absl::Duration interval, std::function<void()> beat)
    : entry_(interval, std::move(beat)) {}

Pulse::Entry::Entry(absl::Duration interval, std::function<void()> beat)
    : TimerWheel::Entry(Reactor::Current().timers()),
      interval_(interval),
      beat_(std::move(beat)) {
  Arm(Deadline::After(interval_));
}

void Pulse::Entry::OnTimeout() {
  Arm(Deadline::After(interval_));
  beat_();
}

}  // namespace postern::net
