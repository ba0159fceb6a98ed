// Any text as a key table: a name that is in it is found, and no domain of it
// leads out of a folder.

#include <cstddef>
#include <cstdint>

#include "lib/dkim/key_table.h"

using postern::dkim::DataSet;
using postern::dkim::KeyTable;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const DataSet set = DataSet::ParseFile(text, "f", /*has_patterns=*/false);
  const auto table = KeyTable::Create(set);
  if (!table.ok()) return 0;
  for (const DataSet::Entry& entry : set.entries()) {
    if (table->Find(entry.key).empty()) __builtin_trap();
    for (const KeyTable::Entry& key : table->Find(entry.key)) {
      const bool is_inside = key.domain.find("..") == std::string::npos &&
                             key.domain.find('/') == std::string::npos &&
                             key.selector.find('/') == std::string::npos;
      if (!is_inside) __builtin_trap();
    }
  }
  return 0;
}
