#include "lib/redis/circuit_breaker.h"

#include <algorithm>
#include <cassert>

namespace postern::redis {

CircuitBreaker::CircuitBreaker(Options options)
    : options_(options), pause_(options.shortest_pause) {
  assert(options.failures >= 1);
  options_.longest_pause =
      std::max(options.longest_pause, options.shortest_pause);
}

bool CircuitBreaker::BeginTrial(TimePoint now) {
  if (state_ != State::kOpen || now < trial_time_) return false;
  state_ = State::kHalfOpen;
  return true;
}

void CircuitBreaker::Succeeded() {
  if (state_ == State::kOpen) return;
  state_ = State::kClosed;
  failures_ = 0;
  pause_ = options_.shortest_pause;
}

void CircuitBreaker::Failed(TimePoint now, double jitter) {
  if (state_ == State::kOpen) return;
  if (state_ == State::kClosed && ++failures_ < options_.failures) return;
  state_ = State::kOpen;
  failures_ = 0;
  trial_time_ = now + absl::ToChronoNanoseconds(pause_ * (0.5 + jitter / 2));
  pause_ = std::min(pause_ * 2, options_.longest_pause);
}

}  // namespace postern::redis
