// The words of a command that an alias names, as a shell would split them, and
// no more of what a shell does.
//
//   ASSIGN_OR_RETURN(const std::vector<std::string> words,
//                    SplitCommand("/usr/bin/vacation -a 'anna b' anna"));
//
// Blanks divide; quotes of both kinds and backslashes keep together. Variables,
// patterns, redirections, pipes and whatever else would need a shell are
// errors: a command that means to have one names it (/bin/sh -c '…').
//
// Source:  POSIX shell, section 2.2 (quoting).
// Errors:  InvalidArgument says what is wrong. The program is named by its
//          whole path, so it does not depend on who runs the relay.
// Threads: pure.

#ifndef POSTERN_MTA_OUTBOUND_COMMAND_LINE_H_
#define POSTERN_MTA_OUTBOUND_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mta::outbound {

absl::StatusOr<std::vector<std::string>> SplitCommand(absl::string_view text);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_COMMAND_LINE_H_
