#include "lib/kv/stored_value.h"

namespace postern::kv {
namespace {

constexpr char kFormat = 1;

}  // namespace

int64_t ToMillis(absl::Time time) {
  return time == absl::InfiniteFuture() ? kNeverExpires
                                        : absl::ToUnixMillis(time);
}

absl::Time FromMillis(int64_t millis) {
  return millis == kNeverExpires ? absl::InfiniteFuture()
                                 : absl::FromUnixMillis(millis);
}

std::array<char, kValueHeaderBytes> ValueHeader(absl::Time expires) {
  std::array<char, kValueHeaderBytes> header;
  header[0] = kFormat;
  uint64_t rest = static_cast<uint64_t>(ToMillis(expires));
  for (size_t i = 1; i < header.size(); ++i, rest >>= 8) {
    header[i] = static_cast<char>(rest & 0xff);
  }
  return header;
}

std::optional<StoredValue> DecodeValue(absl::string_view stored) {
  if (stored.size() < kValueHeaderBytes || stored[0] != kFormat) {
    return std::nullopt;
  }
  uint64_t millis = 0;
  for (size_t i = kValueHeaderBytes - 1; i > 0; --i) {
    millis = millis << 8 | static_cast<unsigned char>(stored[i]);
  }
  return StoredValue{static_cast<int64_t>(millis),
                     stored.substr(kValueHeaderBytes)};
}

}  // namespace postern::kv
