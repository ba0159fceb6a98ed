// The command line of every program.
//
// Errors:  InvalidArgument: an unknown flag or a missing value.
// Threads: pure.

#ifndef POSTERN_LIB_DAEMON_FLAGS_H_
#define POSTERN_LIB_DAEMON_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::daemon {

struct Flags {
  std::string config_file;  // Empty: run on the defaults.
  bool check = false;
  bool print_config = false;
  bool version = false;
  bool help = false;
};

// Parses what follows the program's name: --config FILE (or --config=FILE),
// --check, --print-config, --version, --help.
absl::StatusOr<Flags> ParseFlags(const std::vector<std::string>& arguments);

// The text of --help.
std::string Usage(absl::string_view program);

// The text of --version, for example "greylistd (Postern) 0.1.0".
std::string Version(absl::string_view program);

// "0.1.0".
extern const char kVersion[];

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_FLAGS_H_
