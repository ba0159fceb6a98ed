// A relay for tests that takes over what it is given, or does with it what the
// test says. It runs on plain threads and blocking sockets; of what it tests it
// shares the key of a session (mta/smtp/handoff.h), which has tests of its own.
//
//   TestTaker taker("secret");
//   taker.AnswerWith([](const TestTaker::Message&) { return kRefuse; });
//   … give to 127.0.0.1:taker.port() …
//   EXPECT_THAT(taker.messages(), SizeIs(1));
//
// Threads: locks internally.

#ifndef POSTERN_MTA_OUTBOUND_TEST_TAKER_H_
#define POSTERN_MTA_OUTBOUND_TEST_TAKER_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/unique_fd.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::outbound {

class TestTaker {
 public:
  struct Message {
    spool::v1::Envelope envelope;
    std::string content;
    bool is_signed = false;
  };
  enum class Answer {
    kTake,
    kRefuse,  // 451, and it goes on.
    kReject,  // 554, and it closes.
    kVanish,  // It takes the message and closes without a word.
    kForge,   // A receipt that somebody else has signed.
    kHang,    // Not a word, until the client goes.
  };
  using Decide = std::function<Answer(const Message&)>;

  // Listens on 127.0.0.1; `name` is its spool's.
  explicit TestTaker(std::string secret, char name = 't');
  TestTaker(const TestTaker&) = delete;
  TestTaker& operator=(const TestTaker&) = delete;
  // Breaks off what is open.
  ~TestTaker() { Stop(); }

  uint16_t port() const { return port_; }
  void AnswerWith(Decide decide);
  // Nobody is there any more.
  void Stop();

  // What it has taken, vanished with or not.
  std::vector<Message> messages() const;
  int connections() const;

 private:
  class Connection;

  void Accept();
  Answer Take(Message message);

  const std::string secret_;
  const std::string name_;
  UniqueFd listener_;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // The acceptor's, until it has ended.

  mutable absl::Mutex mutex_;
  Decide decide_ ABSL_GUARDED_BY(mutex_) = [](const Message&) {
    return Answer::kTake;
  };
  std::vector<Message> messages_ ABSL_GUARDED_BY(mutex_);
  std::set<int> open_ ABSL_GUARDED_BY(mutex_);  // Sockets.
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_TEST_TAKER_H_
