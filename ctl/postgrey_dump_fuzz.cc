// Any text as a dump: no crash, and what comes out is no longer than what went
// in.

#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_split.h"
#include "ctl/postgrey_dump.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  postern::ctl::PostgreyDump dump;
  size_t bytes = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const auto pair = dump.Take(line);
    if (!pair.ok()) return 0;
    if (!*pair) continue;
    bytes += (*pair)->key.size() + (*pair)->value.size();
    postern::ctl::ParseDumpedNumbers((*pair)->value);
  }
  if (bytes > size) std::abort();
  return 0;
}
