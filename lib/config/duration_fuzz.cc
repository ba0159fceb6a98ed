// Durations: what parses prints to a text that parses to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/config/duration.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::config::DurationText;
  using postern::config::ParseDuration;
  const auto duration = ParseDuration(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (duration.ok() &&
      ParseDuration(DurationText(*duration)).value() != *duration) {
    std::abort();
  }
  return 0;
}
