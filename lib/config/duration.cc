#include "lib/config/duration.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::config {
namespace {

using absl::uint128;

struct Unit {
  absl::string_view name;
  uint64_t nanoseconds;
};

constexpr uint64_t kSecond = 1'000'000'000;
constexpr Unit kUnits[] = {
    {"d", 86'400 * kSecond},
    {"h", 3'600 * kSecond},
    {"m", 60 * kSecond},
    {"s", kSecond},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
};
const uint128 kMaxNanoseconds = uint128(315'576'000'000) * kSecond;
// More digits than any duration needs; what they say still fits 64 bits.
constexpr size_t kMaxDigits = 18;

// Takes the characters at the beginning of `text` for which `is_one` holds.
absl::string_view TakeWhile(bool (*is_one)(unsigned char),
                            absl::string_view& text) {
  size_t n = 0;
  while (n < text.size() && is_one(text[n])) ++n;
  const absl::string_view taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

// Takes "1.5h" and adds it to `total`; `next_unit` is the first unit that may
// stand there.
bool TakePart(absl::string_view& text, size_t& next_unit, uint128& total) {
  const absl::string_view whole = TakeWhile(absl::ascii_isdigit, text);
  absl::string_view fraction;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = TakeWhile(absl::ascii_isdigit, text);
    if (fraction.empty()) return false;
  }
  const absl::string_view name = TakeWhile(absl::ascii_isalpha, text);
  size_t unit = next_unit;
  while (unit < std::size(kUnits) && kUnits[unit].name != name) ++unit;
  if (unit == std::size(kUnits)) return false;
  next_unit = unit + 1;

  uint64_t number;
  if (whole.empty() || whole.size() + fraction.size() > kMaxDigits ||
      !absl::SimpleAtoi(absl::StrCat(whole, fraction), &number)) {
    return false;
  }
  uint64_t divisor = 1;
  for (size_t i = 0; i < fraction.size(); ++i) divisor *= 10;
  const uint128 scaled = uint128(number) * kUnits[unit].nanoseconds;
  if (scaled % divisor != 0) return false;
  total += scaled / divisor;
  return true;
}

absl::Duration FromNanoseconds(uint128 nanoseconds) {
  return absl::Seconds(absl::Uint128Low64(nanoseconds / kSecond)) +
         absl::Nanoseconds(absl::Uint128Low64(nanoseconds % kSecond));
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  if (text == "0") return absl::ZeroDuration();
  uint128 total = 0;
  size_t next_unit = 0;
  absl::string_view rest = text;
  bool is_good = !text.empty();
  while (is_good && !rest.empty()) is_good = TakePart(rest, next_unit, total);
  if (!is_good) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(text),
                     "\" is not a duration such as 500ms, 10s, 5m, 1h30m or "
                     "35d"));
  }
  if (total > kMaxNanoseconds) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(text), "\" is longer than 10000 years"));
  }
  return FromNanoseconds(total);
}

std::string DurationText(absl::Duration duration) {
  assert(duration >= absl::ZeroDuration() && duration <= kMaxDuration);
  absl::Duration below_a_second;
  const int64_t seconds =
      absl::IDivDuration(duration, absl::Seconds(1), &below_a_second);
  const uint128 total = uint128(static_cast<uint64_t>(seconds)) * kSecond +
                        absl::ToInt64Nanoseconds(below_a_second);
  if (total == 0) return "0s";
  std::string in_parts;
  std::string in_one;
  uint128 rest = total;
  for (const Unit& unit : kUnits) {
    const uint64_t count = absl::Uint128Low64(rest / unit.nanoseconds);
    if (count > 0) absl::StrAppend(&in_parts, count, unit.name);
    rest %= unit.nanoseconds;
    if (in_one.empty() && total % unit.nanoseconds == 0) {
      const uint128 whole = total / unit.nanoseconds;
      // A count that does not fit is longer than the parts anyway.
      if (absl::Uint128High64(whole) == 0) {
        in_one = absl::StrCat(absl::Uint128Low64(whole), unit.name);
      }
    }
  }
  const bool one_reads_back = in_one.size() <= kMaxDigits && !in_one.empty();
  return one_reads_back && in_one.size() <= in_parts.size() ? in_one : in_parts;
}

}  // namespace postern::config
