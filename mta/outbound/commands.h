// Gives mail to the commands that aliases name: "|/usr/bin/vacation anna".
//
// The command reads the letter, as it would lie in an mbox, from its standard
// input; nothing of the message is in its words or its environment. What its
// end means is what sysexits.h says: 0 has the letter, 75 (EX_TEMPFAIL) and 71
// (EX_OSERR) are tried again, all else fails, with what the command said. If
// that begins with an enhanced status code of 4 or 5, this counts more.
//
//   const queue::Outcome outcome = co_await commands.Deliver(text, letter);
//
// What is our operator's to mend is tried again: a command that needs a shell
// (command_line.h) or is not there.
//
// Source:  Postfix: local(8), EXTERNAL COMMAND DELIVERY; sysexits(3).
// Errors:  Create() returns InvalidArgument; the text starts with the config
//          field at fault. A delivery never fails: it has an outcome.
// Threads: Deliver() from any reactor; a command has a thread of its own. When
//          the drain begins what runs is asked to end, and soon killed.
// Limits:  command_time_limit; kMaxRunning at the same time; of what a command
//          says kMaxShownBytes get into logs and reports, made printable.

#ifndef POSTERN_MTA_OUTBOUND_COMMANDS_H_
#define POSTERN_MTA_OUTBOUND_COMMANDS_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/base/unique_fd.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "mta/outbound/acting_as.h"
#include "mta/outbound/child_process.h"
#include "mta/outbound/command_runner.h"
#include "mta/outbound/letter.h"
#include "mta/queue/outcome.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

class Commands {
 public:
  static constexpr size_t kMaxRunning = 20;
  static constexpr size_t kMaxShownBytes = 300;

  // `drain` must outlive it.
  static absl::StatusOr<std::unique_ptr<Commands>> Create(
      const config::v1::Mta& config, net::Drain& drain);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  // Runs the command. What the letter refers to must outlive the task.
  net::Task<queue::Outcome> Deliver(std::string text, Letter letter) const;

 private:
  explicit Commands(net::Drain& drain) : runner_(drain, kMaxRunning) {}
  // Returns the letter as a file without a name, at its beginning.
  absl::StatusOr<UniqueFd> FileOf(const Letter& letter) const;

  bool is_on_ = false;
  std::string folder_;  // For those files.
  std::optional<FileOwner> owner_;
  std::vector<std::string> environment_;
  absl::Duration time_limit_;
  const CommandRunner runner_;
};

// Returns what the end of a command means for its mail.
queue::Outcome OutcomeOfChild(const ChildEnd& end);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_COMMANDS_H_
