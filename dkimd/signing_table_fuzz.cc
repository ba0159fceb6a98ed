// Any text as a signing table: each of its addresses without a star finds its
// own line.

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_split.h"
#include "dkimd/signing_table.h"

namespace dkim = postern::dkim;
using postern::dkimd::SigningTable;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool has_patterns : {false, true}) {
    const dkim::DataSet set = dkim::DataSet::ParseFile(text, "f", has_patterns);
    const auto table = SigningTable::Create(set);
    if (!table.ok()) continue;
    for (const dkim::DataSet::Entry& entry : set.entries()) {
      const std::pair<absl::string_view, absl::string_view> address =
          absl::StrSplit(entry.key, absl::MaxSplits('@', 1));
      bool is_found = false;
      for (const SigningTable::Entry* match :
           table->Find(address.first, address.second, /*all=*/true)) {
        is_found |= match->line == entry.line;
      }
      const bool is_address = entry.key.find('*') == std::string::npos &&
                              entry.key.find('@') != std::string::npos;
      if (is_address && !is_found) __builtin_trap();
    }
  }
  return 0;
}
