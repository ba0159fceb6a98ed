#include "lib/daemon/health.h"

#include <chrono>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace postern::daemon {
namespace {

constexpr absl::Duration kStuckAfter = absl::Seconds(10);

int64_t SteadyNanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch() /
         std::chrono::nanoseconds(1);
}

}  // namespace

Health::Health(net::Runtime& runtime) : runtime_(runtime) {
  for (size_t i = 0; i < runtime.size(); ++i) {
    asked_.push_back(std::make_shared<Asked>(0));
  }
}

void Health::AddCheck(std::string what, std::function<absl::Status()> check) {
  checks_.emplace_back(std::move(what), std::move(check));
}

net::HttpResponse Health::Healthz() {
  const int64_t now = SteadyNanoseconds();
  for (size_t i = 0; i < asked_.size(); ++i) {
    int64_t asked = 0;
    if (asked_[i]->compare_exchange_strong(asked, now)) {
      runtime_.reactor(i).Post([answer = asked_[i]] { *answer = 0; });
    } else if (absl::Nanoseconds(now - asked) > kStuckAfter) {
      return {.status = 503,
              .body = absl::StrCat("reactor ", i, " is stuck\n")};
    }
  }
  return {.body = "ok\n"};
}

net::HttpResponse Health::Readyz() const {
  switch (phase_.load()) {
    case Phase::kStarting:
      return {.status = 503, .body = "starting\n"};
    case Phase::kDraining:
      return {.status = 503, .body = "draining\n"};
    case Phase::kServing:
      break;
  }
  for (const auto& [what, check] : checks_) {
    const absl::Status status = check();
    if (!status.ok()) {
      return {.status = 503,
              .body = absl::StrCat(what, ": ", status.message(), "\n")};
    }
  }
  return {.body = "ok\n"};
}

}  // namespace postern::daemon
