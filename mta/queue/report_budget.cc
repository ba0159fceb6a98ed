#include "mta/queue/report_budget.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kMostReaders = 10'000;
constexpr absl::Duration kWindow = absl::Hours(1);

}  // namespace

bool ReportBudget::Spend(const std::string& reader, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  // Also after the clock went back.
  if (now >= hour_ + kWindow || now < hour_) {
    hour_ = now;
    sent_.clear();
    all_sent_ = 0;
  }
  if (limits_.all > 0 && all_sent_ >= limits_.all) return false;
  if (limits_.each > 0) {
    std::string key = absl::AsciiStrToLower(reader);
    if (sent_.size() >= kMostReaders && !sent_.contains(key)) key.clear();
    uint32_t& sent = sent_[key];
    if (sent >= limits_.each) return false;
    ++sent;
  }
  ++all_sent_;
  return true;
}

}  // namespace postern::mta::queue
