// Runs a program with a file as its input and says how it ended.
//
//   const ChildEnd end = RunChild({.words = {"/usr/bin/vacation", "anna"},
//                                  .input = file.get(),
//                                  .time_limit = absl::Seconds(1000)},
//                                 stop.get());
//
// There is no shell. The program has a process group of its own, its folder, no
// open files but its input and where its output goes, the default actions of
// signals, and in its environment nothing but what is given. When its time is
// over it is killed with its whole group; when `stop` can be read that is asked
// to end, and killed after kStopWait. What it leaves running behind itself is
// not waited for.
//
// A process that is root runs it as `owner`, without other groups.
//
// Threads: safe. Blocking, until the program ends.
// Limits:  kMaxOutputBytes of its output are kept, the rest is thrown away.

#ifndef POSTERN_MTA_OUTBOUND_CHILD_PROCESS_H_
#define POSTERN_MTA_OUTBOUND_CHILD_PROCESS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mta/outbound/acting_as.h"

namespace postern::mta::outbound {

inline constexpr size_t kMaxOutputBytes = 4096;
inline constexpr absl::Duration kStopWait = absl::Seconds(5);

struct Child {
  std::vector<std::string> words;  // The first is the program's path.
  std::vector<std::string> environment;
  int input = -1;
  // Who it runs as; must be somebody if we are root.
  std::optional<FileOwner> owner;
  absl::Duration time_limit;
  std::string folder = "/";
};

struct ChildEnd {
  enum class Kind {
    kExited,      // `code` is its exit code.
    kSignal,      // `code` is the signal that ended it.
    kNotStarted,  // `output` says why.
    kTimedOut,
    kStopped,  // Whatever it did when it was asked to, but for the code 0.
  };
  Kind kind = Kind::kNotStarted;
  int code = 0;
  std::string output;  // The beginning of what it wrote to both its outputs.
};

ChildEnd RunChild(const Child& child, int stop);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_CHILD_PROCESS_H_
