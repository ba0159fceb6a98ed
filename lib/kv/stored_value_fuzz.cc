// Any bytes either are no value of ours or come back exactly when written.

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/kv/stored_value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view stored(reinterpret_cast<const char*>(data), size);
  const std::optional<postern::kv::StoredValue> value =
      postern::kv::DecodeValue(stored);
  if (!value.has_value()) return 0;
  assert(value->value.size() + postern::kv::kValueHeaderBytes == size);
  // Times that absl::Time cannot tell from infinity do not come back.
  constexpr int64_t kLargest = int64_t{1} << 56;
  if (value->expires_millis > kLargest || value->expires_millis < -kLargest) {
    return 0;
  }
  const std::array<char, postern::kv::kValueHeaderBytes> header =
      postern::kv::ValueHeader(postern::kv::FromMillis(value->expires_millis));
  assert(absl::StrCat(absl::string_view(header.data(), header.size()),
                      value->value) == stored);
  return 0;
}
