#include "mta/outbound/lines.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"

namespace postern::mta::outbound {
namespace {

// Lines of next hops that have failed are looked through when there are this
// many, and again when they have doubled.
constexpr size_t kManyLines = 1000;

}  // namespace

class Lines::Line {
 public:
  explicit Line(routing::NextHop hop) : next_hop(std::move(hop)) {}

  bool IsDown() const { return down_until && !down_until->has_passed(); }
  bool IsUnused() const { return workers == 0 && jobs.empty(); }

  const routing::NextHop next_hop;
  std::deque<Job*> jobs;
  std::vector<IdleWorker*> idle;
  size_t workers = 0;
  size_t failures = 0;  // In a row.
  std::optional<net::Deadline> down_until;
  queue::Outcome down_because;
  bool is_starved = false;
};

void Job::Settle(std::vector<queue::Outcome> what) {
  outcomes = std::move(what);
  done.Set();
}

void Job::SettleAll(const queue::Outcome& outcome) {
  Settle(std::vector<queue::Outcome>(parcel.recipients.size(), outcome));
}

Lines::Lines(Limits limits) : limits_(limits), forget_at_(kManyLines) {}
Lines::~Lines() = default;

const routing::NextHop& Lines::NextHopOf(const Line& line) {
  return line.next_hop;
}

Lines::Line* Lines::Join(const routing::NextHop& next_hop, Job& job) {
  absl::MutexLock lock(&mutex_);
  Line& line = LineOf(next_hop);
  if (line.IsDown()) {
    job.SettleAll(line.down_because);
    return nullptr;
  }
  line.jobs.push_back(&job);
  ++waiting_;
  if (!line.idle.empty()) {
    // The one that became idle last: the others may close.
    line.idle.back()->wake.Set();
    line.idle.pop_back();
    return nullptr;
  }
  return AddWorker(line) ? &line : nullptr;
}

bool Lines::Leave(const routing::NextHop& next_hop, Job& job) {
  absl::MutexLock lock(&mutex_);
  const auto found = lines_.find(next_hop);
  if (found == lines_.end()) return false;
  Line& line = *found->second;
  const auto place = std::find(line.jobs.begin(), line.jobs.end(), &job);
  if (place == line.jobs.end()) return false;
  line.jobs.erase(place);
  --waiting_;
  Forget(line);
  return true;
}

Job* Lines::TakeFirst(Line& line) {
  if (line.jobs.empty()) return nullptr;
  Job* job = line.jobs.front();
  line.jobs.pop_front();
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
  if (!may_yield || starved_.empty()) {
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

void Lines::NoteUnreachable(Line& line, const queue::Outcome& why) {
  absl::MutexLock lock(&mutex_);
  if (++line.failures < limits_.failures) return;
  line.down_until = net::Deadline::After(limits_.down_time);
  line.down_because = why;
  while (Job* job = TakeFirst(line)) job->SettleAll(why);
}

Lines::Line& Lines::LineOf(const routing::NextHop& next_hop) {
  std::unique_ptr<Line>& line = lines_[next_hop];
  if (line == nullptr) {
    line = std::make_unique<Line>(next_hop);
    Line& fresh = *line;
    if (lines_.size() >= forget_at_) ForgetRecovered();
    return fresh;
  }
  return *line;
}

// The number of workers that may be added to `line`: a next hop that was down
// is tried by one alone.
size_t Lines::RoomIn(const Line& line) const {
  const size_t most =
      line.failures >= limits_.failures ? 1 : limits_.concurrency;
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
  starved_.push_back(line.next_hop);
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
  if (line.failures == 0) lines_.erase(routing::NextHop(line.next_hop));
}

void Lines::ForgetRecovered() {
  absl::erase_if(lines_, [](const auto& entry) {
    const Line& line = *entry.second;
    return line.IsUnused() && !line.is_starved && line.failures > 0 &&
           !line.IsDown();
  });
  forget_at_ = std::max(kManyLines, 2 * lines_.size());
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
  for (const auto& [hop, line] : lines_) count += line->IsDown() ? 1 : 0;
  return count;
}

}  // namespace postern::mta::outbound
