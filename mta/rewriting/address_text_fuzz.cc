// Whatever stands in a field: no crash, and what is found lies inside it, in
// order, and is an address that reads back as itself.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "mta/rewriting/address_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::rewriting;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  size_t end = 0;
  for (const FoundAddress& found : FindAddresses(text)) {
    assert(found.at >= end && found.bytes > 0);
    end = found.at + found.bytes;
    assert(end <= text.size());
    const std::string shown = found.address.ToString();
    for (const unsigned char c : shown) assert(c >= ' ' && c != 0x7f);
    const auto again = FindAddresses(shown);
    assert(again.size() == 1 && again[0].address == found.address);
  }
  assert(ReplaceAddresses(text, {}) == text);
  return 0;
}
