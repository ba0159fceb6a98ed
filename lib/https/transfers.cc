#include "lib/https/transfers.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace postern::https {
namespace {

// libcurl is woken for its sockets, its timers and for Add().
constexpr int kIdleMilliseconds = 60'000;

CURLM* InitMulti() {
  // Once for the process, by whoever is first.
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialized;
  return curl_multi_init();
}

}  // namespace

Transfers::Transfers(Options options)
    : options_(std::move(options)),
      multi_(InitMulti()),
      thread_([this] { Run(); }) {}

Transfers::~Transfers() {
  {
    absl::MutexLock lock(&mutex_);
    is_ending_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

void Transfers::Add(std::shared_ptr<Exchange> exchange) {
  bool has_room = false;
  {
    absl::MutexLock lock(&mutex_);
    has_room = waiting_.size() < options_.max_waiting;
    if (has_room) waiting_.push_back(exchange);
  }
  if (has_room) {
    curl_multi_wakeup(multi_);
  } else {
    exchange->SetResult(absl::UnavailableError("too many requests wait"));
  }
}

void Transfers::Run() {
  while (Admit()) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    EndTheFinished();
    curl_multi_poll(multi_, nullptr, 0, WaitMilliseconds(), nullptr);
  }
  for (auto& [handle, transfer] : active_) {
    curl_multi_remove_handle(multi_, handle);
    transfer->End(CURLE_ABORTED_BY_CALLBACK);
  }
  active_.clear();
}

bool Transfers::Admit() {
  std::deque<std::shared_ptr<Exchange>> next;
  std::deque<std::shared_ptr<Exchange>> dropped;
  bool is_ending = false;
  {
    absl::MutexLock lock(&mutex_);
    is_ending = is_ending_;
    const auto late = std::stable_partition(
        waiting_.begin(), waiting_.end(), [is_ending](const auto& exchange) {
          return !is_ending && !exchange->request().deadline.has_passed();
        });
    dropped.assign(late, waiting_.end());
    waiting_.erase(late, waiting_.end());
    while (!waiting_.empty() &&
           active_.size() + next.size() < options_.max_at_a_time) {
      next.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (const auto& exchange : dropped) {
    exchange->SetResult(absl::UnavailableError("was not asked in time"));
  }
  for (auto& exchange : next) Start(std::move(exchange));
  return !is_ending;
}

void Transfers::Start(std::shared_ptr<Exchange> exchange) {
  auto transfer = std::make_unique<Transfer>(options_, std::move(exchange));
  CURL* const handle = transfer->handle();
  curl_multi_add_handle(multi_, handle);
  active_.emplace(handle, std::move(transfer));
}

void Transfers::EndTheFinished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const handle = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_, handle);
    const auto found = active_.find(handle);
    found->second->End(code);
    active_.erase(found);
  }
}

int Transfers::WaitMilliseconds() {
  absl::MutexLock lock(&mutex_);
  // Room may have come, or a deadline may pass, for those who wait.
  if (waiting_.empty()) return kIdleMilliseconds;
  if (active_.size() < options_.max_at_a_time) return 0;
  return 100;
}

}  // namespace postern::https
