// Whatever stands behind an alias: no crash, and every item is something.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "mta/rewriting/alias_value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::rewriting;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto items = ParseAliasValue(text);
  if (items.ok()) {
    for (const AliasItem& item : *items) {
      assert(item.text.empty() != item.address.is_null());
    }
  }
  (void)ParseInclude(text);
  return 0;
}
