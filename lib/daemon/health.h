// What /healthz and /readyz answer.
//
// Healthy: every reactor still takes its turns. Ready: serving, and every
// check that the program's parts added is content.
//
// Threads: AddCheck() before serving; the rest from any thread.

#ifndef POSTERN_LIB_DAEMON_HEALTH_H_
#define POSTERN_LIB_DAEMON_HEALTH_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "lib/net/http.h"
#include "lib/net/runtime.h"

namespace postern::daemon {

class Health {
 public:
  enum class Phase { kStarting, kServing, kDraining };

  explicit Health(net::Runtime& runtime);

  void Enter(Phase phase) { phase_ = phase; }
  void AddCheck(std::string what, std::function<absl::Status()> check);

  // 200 or 503, with the reason. A reactor that has not answered the question
  // of ten seconds ago is stuck.
  net::HttpResponse Healthz();
  net::HttpResponse Readyz() const;

 private:
  // When a reactor was asked, 0 when it has answered; nanoseconds.
  using Asked = std::atomic<int64_t>;

  net::Runtime& runtime_;
  std::atomic<Phase> phase_ = Phase::kStarting;
  std::vector<std::shared_ptr<Asked>> asked_;
  std::vector<std::pair<std::string, std::function<absl::Status()>>> checks_;
};

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_HEALTH_H_
