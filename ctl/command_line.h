// Finds the verb that a command line names and runs it.
//
// Exit codes: 0; 1 when the verb fails; 64 for wrong arguments (sysexits.h).
// Errors go to `errors`, one line and, for wrong arguments, the usage.

#ifndef POSTERN_CTL_COMMAND_LINE_H_
#define POSTERN_CTL_COMMAND_LINE_H_

#include <ostream>
#include <string>
#include <vector>

#include "ctl/verb.h"

namespace postern::ctl {

// `words` is the command line without the program's name; --server and --json
// may stand anywhere in it, --help shows the usage.
int RunCommandLine(const std::vector<Verb>& verbs,
                   const std::vector<std::string>& words, std::ostream& out,
                   std::ostream& errors);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_COMMAND_LINE_H_
