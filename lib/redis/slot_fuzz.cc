// Any key has a slot, and its tag alone has the same one.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/redis/slot.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::redis::HashTag;
  using postern::redis::SlotOf;
  const absl::string_view key(reinterpret_cast<const char*>(data), size);
  const absl::string_view tag = HashTag(key);
  if (SlotOf(key) >= postern::redis::kSlots) std::abort();
  if (tag.empty() != key.empty()) std::abort();
  if (tag.find('}') != absl::string_view::npos) return 0;
  const std::string tagged = absl::StrCat("x{", tag, "}y");
  if (!tag.empty() && SlotOf(tagged) != SlotOf(key)) std::abort();
  return 0;
}
