#include "mta/outbound/lines.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "lib/net/deadline.h"
#include "mta/outbound/turns.h"

namespace postern::mta::outbound {
namespace {

// Lines of next hops that have failed are looked through when there are this
// many, and again when they have doubled.
constexpr size_t kManyLines = 1000;

}  // namespace

class Lines::Line {
 public:
  explicit Line(Destination where)
      : destination(std::move(where)), window(destination.concurrency) {}

  bool IsDown() const { return down_until && !down_until->has_passed(); }
  bool IsUnused() const { return workers == 0 && jobs.empty(); }

  // The part that may change while it lives.
  void SetLimits(const Destination& limits) {
    rate_delay = limits.rate_delay;
    reuse_limit = limits.reuse_limit;
    limit_class = limits.limit_class;
    if (limits.concurrency.most == most) return;
    most = limits.concurrency.most;
    window.SetLimits(limits.concurrency);
  }

  const Destination destination;
  ConcurrencyWindow window;
  absl::Duration rate_delay = destination.rate_delay;
  size_t reuse_limit = destination.reuse_limit;
  size_t limit_class = destination.limit_class;
  size_t most = destination.concurrency.most;
  size_t waiting = 0;
  Turns jobs;
  std::vector<IdleWorker*> idle;
  size_t workers = 0;
  size_t failures = 0;  // In a row.
  std::optional<net::Deadline> down_until;
  queue::Outcome latest_trouble;
  std::optional<net::Deadline> next_delivery;
  bool is_starved = false;
};

Lines::Lines(Limits limits) : limits_(limits), forget_at_(kManyLines) {}
Lines::~Lines() = default;

const Destination& Lines::DestinationOf(const Line& line) {
  return line.destination;
}

Lines::Line* Lines::Join(const Destination& destination, Job& job) {
  absl::MutexLock lock(&mutex_);
  Line& line = LineOf(destination);
  line.SetLimits(destination);
  if (line.IsDown()) {
    job.SettleAll(line.latest_trouble);
    return nullptr;
  }
  line.jobs.Push(job);
  ++line.waiting;
  ++waiting_;
  if (!line.idle.empty()) {
    // The one that became idle last: the others may close.
    line.idle.back()->wake.Set();
    line.idle.pop_back();
    return nullptr;
  }
  return AddWorker(line) ? &line : nullptr;
}

bool Lines::Leave(const Destination& destination, Job& job) {
  absl::MutexLock lock(&mutex_);
  const auto found = lines_.find(destination.name);
  if (found == lines_.end()) return false;
  Line& line = *found->second;
  if (!line.jobs.Remove(job)) return false;
  --line.waiting;
  --waiting_;
  Forget(line);
  return true;
}

Job* Lines::TakeFirst(Line& line) {
  Job* job = line.jobs.Pop();
  if (job == nullptr) return nullptr;
  --line.waiting;
  --waiting_;
  return job;
}

Job* Lines::Take(Line& line) {
  absl::MutexLock lock(&mutex_);
  return TakeFirst(line);
}

Job* Lines::TakeIfCrowded(Line& line) {
  absl::MutexLock lock(&mutex_);
  return RoomIn(line) == 0 ? TakeFirst(line) : nullptr;
}

Job* Lines::TakeOrWait(Line& line, IdleWorker& idle) {
  absl::MutexLock lock(&mutex_);
  if (Job* job = TakeFirst(line)) return job;
  if (absl::c_linear_search(line.idle, &idle)) return nullptr;
  idle.wake.Reset();
  line.idle.push_back(&idle);
  return nullptr;
}

void Lines::StopWaiting(Line& line, IdleWorker& idle) {
  absl::MutexLock lock(&mutex_);
  line.idle.erase(std::remove(line.idle.begin(), line.idle.end(), &idle),
                  line.idle.end());
}

Lines::Ending Lines::End(Line& line, bool may_yield) {
  absl::MutexLock lock(&mutex_);
  if ((!may_yield || starved_.empty()) && line.workers <= MostFor(line)) {
    if (Job* job = TakeFirst(line)) return {job, nullptr};
  }
  --line.workers;
  --workers_;
  if (!line.jobs.empty()) Starve(line);
  Forget(line);
  return {nullptr, NextStarved()};
}

bool Lines::NoteReached(Line& line) {
  absl::MutexLock lock(&mutex_);
  line.failures = 0;
  line.down_until.reset();
  return !line.jobs.empty() && AddWorker(line);
}

bool Lines::NoteServed(Line& line) {
  absl::MutexLock lock(&mutex_);
  line.window.Grow(line.workers);
  return !line.jobs.empty() && AddWorker(line);
}

void Lines::NoteBroken(Line& line) {
  absl::MutexLock lock(&mutex_);
  line.window.Shrink();
}

void Lines::NoteUnreachable(Line& line, const queue::Outcome& why) {
  absl::MutexLock lock(&mutex_);
  line.window.Shrink();
  line.latest_trouble = why;
  if (++line.failures < limits_.failures) return;
  line.down_until = net::Deadline::After(limits_.down_time);
  while (Job* job = TakeFirst(line)) job->SettleAll(why);
}

bool Lines::IsOverfull(const Line& line) const {
  absl::MutexLock lock(&mutex_);
  return line.workers > MostFor(line);
}

std::optional<absl::Duration> Lines::ReserveTime(Line& line,
                                                 absl::Duration longest) {
  absl::MutexLock lock(&mutex_);
  const absl::Duration delay = line.rate_delay;
  if (delay <= absl::ZeroDuration()) return absl::ZeroDuration();
  const absl::Duration wait =
      line.next_delivery ? line.next_delivery->Left() : absl::ZeroDuration();
  if (wait > longest) return std::nullopt;
  line.next_delivery = net::Deadline::After(wait + delay);
  return wait;
}

Lines::Line& Lines::LineOf(const Destination& destination) {
  std::unique_ptr<Line>& line = lines_[destination.name];
  if (line == nullptr) {
    line = std::make_unique<Line>(destination);
    Line& fresh = *line;
    if (lines_.size() >= forget_at_) ForgetRecovered();
    return fresh;
  }
  return *line;
}

size_t Lines::MostFor(const Line& line) const {
  return line.failures >= limits_.failures ? 1 : line.window.size();
}

// The number of workers that may be added to `line`: a destination that was
// down is tried by one alone.
size_t Lines::RoomIn(const Line& line) const {
  const size_t most = MostFor(line);
  if (line.workers >= most || workers_ >= limits_.connections) return 0;
  return most - line.workers;
}

bool Lines::AddWorker(Line& line) {
  if (RoomIn(line) > 0) {
    ++line.workers;
    ++workers_;
    return true;
  }
  Starve(line);
  return false;
}

// A line without a worker is remembered until there is room.
void Lines::Starve(Line& line) {
  if (line.workers > 0 || line.is_starved) return;
  line.is_starved = true;
  starved_.push_back(line.destination.name);
}

Lines::Line* Lines::NextStarved() {
  while (!starved_.empty()) {
    const auto found = lines_.find(starved_.front());
    starved_.pop_front();
    if (found == lines_.end()) continue;
    Line& line = *found->second;
    line.is_starved = false;
    if (!line.jobs.empty() && AddWorker(line)) return &line;
    Forget(line);
  }
  return nullptr;
}

void Lines::Forget(Line& line) {
  if (!line.IsUnused() || line.is_starved) return;
  if (line.failures == 0) lines_.erase(std::string(line.destination.name));
}

void Lines::ForgetRecovered() {
  absl::erase_if(lines_, [](const auto& entry) {
    const Line& line = *entry.second;
    return line.IsUnused() && !line.is_starved && line.failures > 0 &&
           !line.IsDown();
  });
  forget_at_ = std::max(kManyLines, 2 * lines_.size());
}

Lines::Reuse Lines::ReuseOf(const Line& line) const {
  absl::MutexLock lock(&mutex_);
  return {line.reuse_limit, line.rate_delay > absl::ZeroDuration()};
}

std::vector<Lines::State> Lines::Look(size_t limit) const {
  std::vector<State> states;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [name, line] : lines_) {
      State state = {.name = name,
                     .limit_class = line->limit_class,
                     .connections = line->workers,
                     .waiting = line->waiting,
                     .window = MostFor(*line),
                     .most = line->most,
                     .failures = line->failures,
                     .latest_trouble = line->latest_trouble};
      if (line->IsDown()) state.down_for = line->down_until->Left();
      states.push_back(std::move(state));
    }
  }
  absl::c_sort(states, [](const State& a, const State& b) {
    return a.waiting != b.waiting ? a.waiting > b.waiting : a.name < b.name;
  });
  if (states.size() > limit) states.resize(limit);
  return states;
}

void Lines::SettleWaiting(absl::FunctionRef<std::optional<queue::Outcome>(
                              const Destination&, const routing::NextHop&)>
                              why) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, line] : lines_) {
    std::vector<Job*> others;
    while (Job* job = TakeFirst(*line)) {
      const auto outcome = why(line->destination, job->next_hop);
      if (outcome) {
        job->SettleAll(*outcome);
      } else {
        others.push_back(job);
      }
    }
    for (Job* job : others) line->jobs.Push(*job);
    line->waiting += others.size();
    waiting_ += others.size();
  }
}

size_t Lines::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

size_t Lines::known() const {
  absl::MutexLock lock(&mutex_);
  return lines_.size();
}

size_t Lines::down() const {
  absl::MutexLock lock(&mutex_);
  size_t count = 0;
  for (const auto& [name, line] : lines_) count += line->IsDown() ? 1 : 0;
  return count;
}

std::vector<size_t> Lines::WorkersByClass() const {
  std::vector<size_t> workers;
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, line] : lines_) {
    const size_t limit_class = line->limit_class;
    if (workers.size() <= limit_class) workers.resize(limit_class + 1);
    workers[limit_class] += line->workers;
  }
  return workers;
}

}  // namespace postern::mta::outbound
