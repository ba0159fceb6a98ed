#include "lib/dkim/key_finder.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxNames = 10000;
constexpr size_t kMaxRecords = 4;
constexpr absl::Duration kLongest = absl::Hours(1);

std::vector<std::string> TextsOf(const dns::Answer& answer) {
  std::vector<std::string> texts;
  for (const dns::Txt& txt : dns::RecordsOf<dns::Txt>(answer)) {
    if (texts.size() < kMaxRecords) texts.push_back(txt.Joined());
  }
  return texts;
}

}  // namespace

// What several look-ups at the same time share.
struct KeyFinder::Search {
  Search(std::vector<std::string> names, net::Deadline deadline)
      : names(std::move(names)),
        deadline(deadline),
        found(this->names.size()) {}

  const std::vector<std::string> names;
  const net::Deadline deadline;
  std::vector<FoundKeys> found;
  size_t running = 0;
  net::Event done;
};

net::Task<std::vector<FoundKeys>> KeyFinder::Find(
    std::vector<std::string> names, net::Deadline deadline) {
  const auto search = std::make_shared<Search>(std::move(names), deadline);
  std::vector<size_t> missing;
  for (size_t i = 0; i < search->names.size(); ++i) {
    if (!TakeKept(search->names[i], search->found[i])) missing.push_back(i);
  }
  if (missing.empty()) co_return std::move(search->found);
  search->running = missing.size() - 1;
  for (size_t i = 1; i < missing.size(); ++i) {
    net::Spawn(drain_, LookUpBeside(search, missing[i]));
  }
  search->found[missing.front()] =
      co_await LookUp(search->names[missing.front()], deadline);
  // All run on this reactor, and each ends by the deadline.
  while (search->running > 0) {
    search->done.Reset();
    (void)co_await search->done.Wait(net::Deadline::After(absl::Seconds(1)));
  }
  co_return std::move(search->found);
}

net::Task<> KeyFinder::LookUpBeside(std::shared_ptr<Search> search,
                                    size_t index) {
  FoundKeys found = co_await LookUp(search->names[index], search->deadline);
  search->found[index] = std::move(found);
  --search->running;
  search->done.Set();
}

net::Task<FoundKeys> KeyFinder::LookUp(std::string name,
                                       net::Deadline deadline) {
  const absl::StatusOr<dns::Answer> answer =
      co_await resolver_.Resolve(name, dns::Type::kTxt, deadline);
  if (!answer.ok()) {
    co_return FoundKeys{.outcome = FoundKeys::Outcome::kNoAnswer};
  }
  co_return Keep(name, *answer);
}

bool KeyFinder::TakeKept(const std::string& name, FoundKeys& keys) {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  const auto found = kept_.find(name);
  if (found == kept_.end() || found->second.until <= now) return false;
  keys = found->second.keys;
  return true;
}

FoundKeys KeyFinder::Keep(const std::string& name, const dns::Answer& answer) {
  std::vector<std::string> texts = TextsOf(answer);
  if (texts.empty()) return {.outcome = FoundKeys::Outcome::kNone};
  const absl::Time until = clock_.Now() + std::min(answer.ttl, kLongest);
  {
    absl::MutexLock lock(&mutex_);
    const auto found = kept_.find(name);
    if (found != kept_.end() && found->second.texts == texts) {
      found->second.until = until;
      found->second.keys.is_secure = answer.secure;
      return found->second.keys;
    }
  }
  FoundKeys keys = {.outcome = FoundKeys::Outcome::kFound,
                    .is_secure = answer.secure};
  for (const std::string& text : texts) {
    keys.records.push_back(
        std::make_shared<const KeyRecord>(KeyRecord::Parse(text)));
  }
  absl::MutexLock lock(&mutex_);
  if (kept_.size() >= kMaxNames) MakeRoom();
  kept_[name] = {.keys = keys, .texts = std::move(texts), .until = until};
  return keys;
}

void KeyFinder::MakeRoom() {
  const absl::Time now = clock_.Now();
  absl::erase_if(kept_,
                 [now](const auto& one) { return one.second.until <= now; });
  if (kept_.size() >= kMaxNames) kept_.clear();
}

}  // namespace postern::dkim
