// Splits any text. The first word is a whole path, and no word holds a byte
// that the text did not have.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "mta/outbound/command_line.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto words = postern::mta::outbound::SplitCommand(text);
  if (!words.ok()) return 0;
  size_t bytes = 0;
  for (const std::string& word : *words) {
    bytes += word.size();
    if (absl::StrContains(word, '\0')) std::abort();
  }
  if (bytes > size || !absl::StartsWith(words->front(), "/")) std::abort();
  return 0;
}
