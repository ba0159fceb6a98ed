// Whatever stands in an aliases file: no crash, and a file that is read is read
// the same way again.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/table/alias_snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::table;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = ParseAliases(text, "f");
  const auto second = ParseAliases(text, "f");
  assert(first.ok() == second.ok());
  if (!first.ok()) return 0;
  const absl::string_view name = text.substr(0, text.find(':'));
  assert((*first)->Find(name) == (*second)->Find(name));
  const auto value = (*first)->Find(name);
  assert(!value || !value->empty());
  return 0;
}
