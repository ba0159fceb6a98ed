// The text of a list of rotations: nothing crashes, and what was read comes
// back as it is when it is written.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/dkim/rotation_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto list = postern::dkim::ParseRotationList(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!list.ok()) return 0;
  const auto again =
      postern::dkim::ParseRotationList(postern::dkim::RotationListText(*list));
  assert(again.ok() && again->size() == list->size());
  return 0;
}
