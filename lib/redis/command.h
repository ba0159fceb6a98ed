// A command in the form in which Redis reads it: an array of byte strings, so
// nothing in an argument can end it or begin another (MTA-32).
//
//   const absl::string_view get[] = {"GET", key};
//   std::string wire = FormatCommand(get);
//
// Threads: pure.

#ifndef POSTERN_LIB_REDIS_COMMAND_H_
#define POSTERN_LIB_REDIS_COMMAND_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::redis {

// Appends one command to `wire`. `args` begin with the command's name.
void AppendCommand(absl::Span<const absl::string_view> args, std::string& wire);

// Returns one command.
std::string FormatCommand(absl::Span<const absl::string_view> args);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_COMMAND_H_
