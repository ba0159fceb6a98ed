#include "lib/daemon/flags.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace postern::daemon {

const char kVersion[] = "0.1.0";

absl::StatusOr<Flags> ParseFlags(const std::vector<std::string>& arguments) {
  Flags flags;
  for (size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view argument = arguments[i];
    if (argument == "--check") {
      flags.check = true;
    } else if (argument == "--print-config") {
      flags.print_config = true;
    } else if (argument == "--version") {
      flags.version = true;
    } else if (argument == "--help" || argument == "-h") {
      flags.help = true;
    } else if (absl::ConsumePrefix(&argument, "--config=")) {
      flags.config_file = std::string(argument);
    } else if (argument == "--config" && i + 1 < arguments.size()) {
      flags.config_file = arguments[++i];
    } else if (argument == "--config") {
      return absl::InvalidArgumentError("--config needs a file name");
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown argument \"", argument, "\"; see --help"));
    }
  }
  return flags;
}

std::string Usage(absl::string_view program) {
  return absl::StrCat(
      "usage: ", program, " [--config FILE] [--check | --print-config]\n\n",
      "  --config FILE   read the configuration from FILE (YAML); without it\n"
      "                  the program runs on its defaults\n"
      "  --check         check the configuration and exit\n"
      "  --print-config  print the effective configuration and exit\n"
      "  --version       print the version and exit\n"
      "  --help          print this and exit\n");
}

std::string Version(absl::string_view program) {
  return absl::StrCat(program, " (Postern) ", kVersion);
}

}  // namespace postern::daemon
