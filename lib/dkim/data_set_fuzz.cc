// Any text is a data set; none of its entries has a blank in its key.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/dkim/data_set.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = postern::dkim::DataSet::ParseFile(text, "f", true);
  for (const auto& entry : file.entries()) {
    const bool is_one_word =
        entry.key.find_first_of(" \t\n#") == std::string::npos;
    if (entry.key.empty() || !is_one_word) __builtin_trap();
  }
  postern::dkim::DataSet::ParseList(text);
  return 0;
}
