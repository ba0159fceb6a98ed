// hash files and inline tables: whatever the text, the parsers answer.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/table/entry_snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::string_view key = text.substr(0, text.find_first_of(" =,\n"));
  if (auto table = postern::table::ParseHash(text, "fuzz"); table.ok()) {
    (*table)->Find(key);
  }
  if (auto table = postern::table::ParseInline(text); table.ok()) {
    (*table)->Find(key);
  }
  return 0;
}
