// A client's connection as libmilter tells of it: what libmilter says, on a
// thread of its own, becomes packets again, and a Dialogue on a reactor takes
// them when an answer is needed.
//
// Threads: one of libmilter's at a time.

#ifndef POSTERN_LIB_MILTER_LIBMILTER_CONNECTION_H_
#define POSTERN_LIB_MILTER_LIBMILTER_CONNECTION_H_

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "lib/milter/command.h"
#include "lib/milter/filter_session.h"
#include "lib/milter/options.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"

struct sockaddr;
struct smfi_str;

namespace postern::milter {

// How many messages have begun and not ended, on all connections.
class MessageCount {
 public:
  void Add(int by);
  // Waits until there is none, `wait` at most.
  void AwaitNone(absl::Duration wait);

 private:
  absl::Mutex mutex_;
  int messages_ ABSL_GUARDED_BY(mutex_) = 0;
};

class LibmilterConnection {
 public:
  // What all connections share; it outlives them.
  struct Shared {
    FilterContext& context;
    net::Runtime& runtime;
    net::Drain& tasks;
    absl::Duration message_timeout;
    absl::Duration progress_interval;
    const std::array<std::vector<std::string>, kStages>& macro_names;
    MessageCount& messages;
  };

  // `offer` is what the server has offered.
  LibmilterConnection(Shared shared, smfi_str* context, const Options& offer);
  LibmilterConnection(const LibmilterConnection&) = delete;
  LibmilterConnection& operator=(const LibmilterConnection&) = delete;
  ~LibmilterConnection();

  // Each returns what the callback is to return.
  int Connect(absl::string_view name, const sockaddr* address);
  int Say(Command command, Stage stage, std::optional<absl::string_view> text);
  int SayPath(Command command, Stage stage, char** words);
  int Header(absl::string_view name, absl::string_view value);
  int Body(absl::string_view chunk);
  int EndOfMessage();
  int Abort();

 private:
  struct OnReactor;

  void AddMacros(Command command, Stage stage);
  // What is in batch_ ends with a `command`: asks for its answer, if it gets
  // one.
  int AnswerTo(Command command);
  // What the filter says to the end of a batch, if it says more than that one
  // goes on: the outcome of a message, or the verdict of a step.
  using Outcome = absl::StatusOr<std::optional<Changes>>;
  // Has the reactor take batch_. The server is told meanwhile that the filter
  // is at work, if `tells_progress`: at the end of a message.
  Outcome TakeBatch(bool tells_progress = false);
  net::Task<Outcome> TakeOnReactor();
  net::Task<> TakeAndNotify(Outcome& outcome, absl::Notification& done);
  net::Task<> MakeOnReactor();
  net::Task<> EndOnReactor();
  void SetInMessage(bool is_in_message);

  const Shared shared_;
  smfi_str* const context_;
  net::Reactor& reactor_;
  Options agreed_;
  std::string batch_;  // Packets that the reactor has not seen yet.
  std::string replies_;
  bool is_message_open_ = false;  // As the reactor has it after a batch.
  bool is_in_message_ = false;
  std::unique_ptr<OnReactor> on_reactor_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_LIBMILTER_CONNECTION_H_
