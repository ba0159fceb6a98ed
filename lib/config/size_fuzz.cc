// Sizes: what parses prints to a text that parses to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/config/size.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::config::ParseSize;
  using postern::config::SizeText;
  const auto bytes =
      ParseSize(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (bytes.ok() && ParseSize(SizeText(*bytes)).value() != *bytes) {
    std::abort();
  }
  return 0;
}
