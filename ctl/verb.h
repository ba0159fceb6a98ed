// A word of posternctl's command line and what it does.
//
// Each group of verbs is a file: ctl/queue.h declares QueueVerbs(), main.cc
// names it. Running a verb prints its answer on `out` and returns an error
// otherwise, which main.cc prints on standard error.
//
//   std::vector<Verb> QueueVerbs() {
//     return {{"queue list", "[--sender TEXT] [--limit N]",
//              "Lists what is queued.", ListQueue}};
//   }
//
// Errors:  InvalidArgument: the arguments are wrong (exit 64, with the usage);
//          anything else: exit 1.

#ifndef POSTERN_CTL_VERB_H_
#define POSTERN_CTL_VERB_H_

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace postern::ctl {

struct Invocation {
  // What follows the verb.
  std::vector<std::string> arguments;
  // --server: a gRPC target; empty: the program's own socket.
  std::string server;
  // --json: one JSON object or array instead of a table.
  bool json = false;
};

struct Verb {
  std::string name;       // "queue list"
  std::string arguments;  // "[--limit N]", for the usage.
  std::string about;      // One sentence.
  std::function<absl::Status(const Invocation&, std::ostream& out)> run;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_VERB_H_
