// pcre files: whatever the text, the parser answers. The first line is the key.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/table/pcre_snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const auto table = postern::table::ParsePcre(text.substr(end), "fuzz");
  if (table.ok()) (*table)->Find(text.substr(0, end));
  return 0;
}
