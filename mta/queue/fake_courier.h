// A courier for tests: says what it was told to say and remembers what it was
// asked.
//
// Threads: locks internally.

#ifndef POSTERN_MTA_QUEUE_FAKE_COURIER_H_
#define POSTERN_MTA_QUEUE_FAKE_COURIER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/event.h"
#include "mta/queue/courier.h"

namespace postern::mta::queue {

class FakeCourier final : public Courier {
 public:
  struct Asked {
    std::string queue_id;
    spool::v1::Envelope envelope;
    std::string content;
  };
  using Answer = std::function<Outcome(const std::string& recipient)>;

  // What becomes of a recipient from now on; at first all are delivered.
  void AnswerWith(Answer answer) {
    absl::MutexLock lock(&mutex_);
    answer_ = std::move(answer);
  }
  void AnswerWith(const Outcome& outcome) {
    AnswerWith([outcome](const std::string&) { return outcome; });
  }
  // Attempts wait until Release().
  void Hold() {
    absl::MutexLock lock(&mutex_);
    holds_ = true;
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    holds_ = false;
    for (net::Event* event : held_) event->Set();
    held_.clear();
  }

  std::vector<Asked> asked() const {
    absl::MutexLock lock(&mutex_);
    return asked_;
  }

  net::Task<std::vector<Outcome>> Attempt(const Errand& errand) override {
    Asked asked = {errand.queue_id, errand.envelope, ""};
    for (int i = 0; i < errand.content.pieces(); ++i) {
      asked.content += errand.content.Piece(i).value_or("(unreadable)");
    }
    net::Event released;
    Answer answer;
    {
      absl::MutexLock lock(&mutex_);
      asked_.push_back(std::move(asked));
      answer = answer_;
      if (holds_) {
        held_.push_back(&released);
      } else {
        released.Set();
      }
    }
    const net::Deadline deadline = net::Deadline::After(absl::Minutes(1));
    co_await released.Wait(deadline);
    std::vector<Outcome> outcomes;
    for (const auto& recipient : errand.envelope.recipients()) {
      outcomes.push_back(answer(recipient.address()));
    }
    co_return outcomes;
  }

 private:
  mutable absl::Mutex mutex_;
  Answer answer_ ABSL_GUARDED_BY(mutex_) = [](const std::string&) {
    return Outcome{Outcome::Kind::kDelivered, "2.0.0", "250 ok", "mx"};
  };
  bool holds_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<net::Event*> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<Asked> asked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_FAKE_COURIER_H_
