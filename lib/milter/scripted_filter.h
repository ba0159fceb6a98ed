// A filter for tests: it remembers what it was shown and does what it is told.
//
// Threads: set it up before messages come; look at `seen()` after they have.

#ifndef POSTERN_LIB_MILTER_SCRIPTED_FILTER_H_
#define POSTERN_LIB_MILTER_SCRIPTED_FILTER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "lib/milter/command.h"
#include "lib/milter/filter.h"
#include "lib/net/event.h"

namespace postern::milter {

class ScriptedFilter final : public Filter {
 public:
  // A message as the filter was shown it.
  struct Seen {
    Envelope envelope;  // As it was at the beginning.
    Macros macros;      // As they were at the end.
    std::vector<std::pair<std::string, std::string>> headers;
    int ends_of_header = 0;
    std::string body;
    std::vector<size_t> chunks;  // The sizes in which it came.
    bool is_finished = false;
  };

  Needs wanted = {};
  absl::StatusOr<Changes> changes = Changes();
  // Messages from this sender are declined.
  std::optional<std::string> declined_sender;
  // No more of the body is wanted after so many bytes.
  std::optional<size_t> body_limit;
  // What is said of a step, or a recipient; kContinue of all others.
  std::map<Command, absl::StatusOr<Verdict>> step_verdicts;
  std::map<std::string, Verdict> recipient_verdicts;
  // Finish() waits for this, if there is one.
  net::Event* finish_when = nullptr;

  // As it was made.
  void Reset() {
    wanted = {};
    changes = Changes();
    declined_sender.reset();
    body_limit.reset();
    step_verdicts.clear();
    recipient_verdicts.clear();
    finish_when = nullptr;
    const absl::MutexLock lock(&mutex_);
    seen_.clear();
    asked_.clear();
  }

  Needs needs() const override { return wanted; }
  VerdictTask CheckConnect(const Envelope&, net::Deadline) override {
    return Say(Command::kConnect);
  }
  VerdictTask CheckHelo(const Envelope&, net::Deadline) override {
    return Say(Command::kHelo);
  }
  VerdictTask CheckSender(const Envelope&, net::Deadline) override {
    return Say(Command::kSender);
  }
  VerdictTask CheckRecipient(const Envelope&, const Path& recipient,
                             net::Deadline) override {
    const auto found = recipient_verdicts.find(recipient.address);
    if (found != recipient_verdicts.end()) co_return found->second;
    absl::StatusOr<Verdict> said = co_await Say(Command::kRecipient);
    co_return said;
  }
  std::unique_ptr<Transaction> Begin(const Envelope& envelope) override {
    if (envelope.sender.address == declined_sender) return nullptr;
    return std::make_unique<Message>(*this, envelope);
  }

  // The messages whose transactions have ended.
  std::vector<Seen> seen() const {
    const absl::MutexLock lock(&mutex_);
    return seen_;
  }
  // The letters of the steps that it was asked about, in order.
  std::string asked() const {
    const absl::MutexLock lock(&mutex_);
    return asked_;
  }
  // Waits until there are so many of them.
  bool AwaitSeen(size_t messages) const {
    const absl::MutexLock lock(&mutex_);
    awaited_ = messages;
    return mutex_.AwaitWithTimeout(
        absl::Condition(this, &ScriptedFilter::HasSeen), absl::Seconds(20));
  }

 private:
  class Message final : public Transaction {
   public:
    Message(ScriptedFilter& filter, const Envelope& envelope)
        : filter_(filter), envelope_(envelope) {
      seen_.envelope = envelope;
    }
    ~Message() override {
      const absl::MutexLock lock(&filter_.mutex_);
      filter_.seen_.push_back(std::move(seen_));
    }
    VerdictTask CheckData(net::Deadline) override {
      return filter_.Say(Command::kData);
    }
    VerdictTask CheckHeader(net::Deadline) override {
      return filter_.Say(Command::kHeader);
    }
    VerdictTask CheckEndOfHeader(net::Deadline) override {
      return filter_.Say(Command::kEndOfHeader);
    }
    VerdictTask CheckBody(net::Deadline) override {
      return filter_.Say(Command::kBody);
    }
    void OnHeader(absl::string_view name, absl::string_view value) override {
      seen_.headers.emplace_back(name, value);
    }
    void OnEndOfHeader() override { ++seen_.ends_of_header; }
    void OnBody(absl::string_view chunk) override {
      seen_.body.append(chunk.data(), chunk.size());
      seen_.chunks.push_back(chunk.size());
    }
    bool WantsBody() const override {
      return seen_.body.size() < filter_.body_limit.value_or(SIZE_MAX);
    }
    net::Task<absl::StatusOr<Changes>> Finish(net::Deadline deadline) override {
      seen_.macros = envelope_.macros;
      seen_.is_finished = true;
      if (filter_.finish_when != nullptr) {
        const bool is_set = co_await filter_.finish_when->Wait(deadline);
        if (!is_set) co_return absl::DeadlineExceededError("not in time");
      }
      co_return filter_.changes;
    }

   private:
    ScriptedFilter& filter_;
    const Envelope& envelope_;
    Seen seen_;
  };

  VerdictTask Say(Command step) {
    {
      const absl::MutexLock lock(&mutex_);
      asked_ += static_cast<char>(step);
    }
    const auto found = step_verdicts.find(step);
    if (found != step_verdicts.end()) co_return found->second;
    co_return Verdict();
  }

  bool HasSeen() const { return seen_.size() >= awaited_; }

  mutable absl::Mutex mutex_;
  mutable size_t awaited_ = 0;
  std::vector<Seen> seen_;
  std::string asked_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_SCRIPTED_FILTER_H_
