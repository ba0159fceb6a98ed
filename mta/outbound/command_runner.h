// Runs commands, so many at a time, each on a thread that waits for it.
//
//   ASSIGN_OR_RETURN(UniqueFd input, UnnamedFile(folder));   // and write to it
//   const std::optional<ChildEnd> end =
//       co_await runner.Run(child, std::move(input));
//
// Threads: Run() from any reactor. When the drain begins what runs is asked to
//          end, and soon killed; the destructor waits for that, but not
//          forever.
// Limits:  `most` at the same time. Who has to wait for a turn longer than the
//          command's own time limit has none.

#ifndef POSTERN_MTA_OUTBOUND_COMMAND_RUNNER_H_
#define POSTERN_MTA_OUTBOUND_COMMAND_RUNNER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/base/unique_fd.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "mta/outbound/child_process.h"

namespace postern::mta::outbound {

class CommandRunner {
 public:
  // `drain` must outlive it.
  CommandRunner(net::Drain& drain, size_t most);
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;
  ~CommandRunner();

  // A command would be ended as soon as it was begun.
  bool is_stopping() const { return drain_.has_begun(); }

  // Runs the command with `input`, which becomes the child's. Returns nullopt
  // if too many others run.
  net::Task<std::optional<ChildEnd>> Run(Child child, UniqueFd input) const;

 private:
  class Threads;

  net::Drain& drain_;
  const std::shared_ptr<Threads> threads_;
};

// What a command finds in its environment: Postfix's command_path and, of its
// export_environment, what is of use here.
std::vector<std::string> CommandEnvironment();

// Returns a file in `folder` that has no name and cannot get one.
absl::StatusOr<UniqueFd> UnnamedFile(const std::string& folder);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_COMMAND_RUNNER_H_
