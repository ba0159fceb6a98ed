#include "lib/redis/health.h"

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"

namespace postern::redis {

void Health::Failed(const std::string& who, const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    Trouble& trouble = troubles_[who];
    trouble.why = why;
    if (++trouble.reporters > 1) return;
    meters_.ShowUp(false);
  }
  log::Warning("redis_away", {{"server", who}, {"error", why}});
}

void Health::Recovered(const std::string& who) {
  if (Remove(who)) log::Info("redis_back", {{"server", who}});
}

void Health::Withdrawn(const std::string& who) { Remove(who); }

bool Health::Remove(const std::string& who) {
  absl::MutexLock lock(&mutex_);
  const auto found = troubles_.find(who);
  if (found == troubles_.end() || --found->second.reporters > 0) return false;
  troubles_.erase(found);
  if (troubles_.empty()) meters_.ShowUp(true);
  return true;
}

absl::Status Health::Current() const {
  absl::MutexLock lock(&mutex_);
  if (troubles_.empty()) return absl::OkStatus();
  const auto& [who, trouble] = *troubles_.begin();
  return absl::UnavailableError(
      absl::StrCat("redis: ", who, ": ", trouble.why.message()));
}

}  // namespace postern::redis
