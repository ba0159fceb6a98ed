#include "mta/queue/queue_id.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::mta::queue {
namespace {

// In ASCII order, so that text sorts as the numbers do.
constexpr absl::string_view kDigits = "0123456789bcdfghjklmnpqrstvwxyz";
constexpr int kSaltBits = 12;   // Below 52 bits of microseconds: until 2112.
constexpr size_t kLength = 13;  // 31^13 > 2^64.

absl::Status NotAnId(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text, 40), "\" is not a queue id"));
}

}  // namespace

absl::StatusOr<QueueId> QueueId::Parse(absl::string_view text) {
  if (text.size() != kLength) return NotAnId(text);
  unsigned __int128 number = 0;
  for (const char c : text) {
    const size_t digit = c == '\0' ? kDigits.npos : kDigits.find(c);
    if (digit == kDigits.npos) return NotAnId(text);
    number = number * kDigits.size() + digit;
  }
  if (number > std::numeric_limits<uint64_t>::max()) return NotAnId(text);
  return QueueId{static_cast<uint64_t>(number)};
}

QueueId QueueId::At(absl::Time time, uint64_t salt) {
  const auto micros =
      static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMicros(time)));
  return {(micros << kSaltBits) | (salt & ((uint64_t{1} << kSaltBits) - 1))};
}

absl::Time QueueId::MadeAt() const {
  return absl::FromUnixMicros(static_cast<int64_t>(number >> kSaltBits));
}

std::string QueueId::ToString() const {
  std::string text(kLength, kDigits[0]);
  uint64_t left = number;
  for (size_t i = kLength; i-- > 0; left /= kDigits.size()) {
    text[i] = kDigits[left % kDigits.size()];
  }
  return text;
}

}  // namespace postern::mta::queue
