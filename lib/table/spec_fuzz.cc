// Names of tables: whatever the text, what is nested in it is shorter, and
// taking all of it apart ends.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/table/spec.h"

namespace {

void TakeApart(absl::string_view text) {
  const auto spec = postern::table::ParseSpec(text);
  if (!spec.ok()) return;
  const auto nested = postern::table::NestedSpecs(*spec);
  if (!nested.ok()) return;
  for (const std::string& element : *nested) {
    if (element.empty() || element.size() >= text.size()) std::abort();
    TakeApart(element);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  TakeApart(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
