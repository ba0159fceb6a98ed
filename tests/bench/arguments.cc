#include "tests/bench/arguments.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace postern::bench {
namespace {

bool Take(const char* value,
          const std::variant<std::string*, uint64_t*>& place) {
  if (auto* const* number = std::get_if<uint64_t*>(&place)) {
    return absl::SimpleAtoi(value, *number);
  }
  *std::get<std::string*>(place) = value;
  return true;
}

}  // namespace

void TakeArguments(int argc, const char* const* argv,
                   const Arguments& arguments) {
  for (int i = 1; i < argc; i += 2) {
    const auto found = arguments.find(argv[i]);
    if (found == arguments.end() || i + 1 == argc ||
        !Take(argv[i + 1], found->second)) {
      absl::FPrintF(stderr, "%s: wrong option %s\n", argv[0], argv[i]);
      std::exit(64);
    }
  }
}

}  // namespace postern::bench
