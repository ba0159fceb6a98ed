// Any bytes as a sender: no crash, never longer than before, and doing it again
// to an address that has no tag changes nothing.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "greylistd/sender.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view sender(reinterpret_cast<const char*>(data), size);
  std::string once;
  postern::greylistd::AppendNormalizedSender(sender, once);
  if (once.size() > size) std::abort();
  if (once.compare(0, 5, "prvs=") == 0) return 0;
  std::string twice;
  postern::greylistd::AppendNormalizedSender(once, twice);
  if (twice != once) std::abort();
  return 0;
}
