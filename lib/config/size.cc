#include "lib/config/size.h"

#include <cassert>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::config {
namespace {

struct Unit {
  absl::string_view name;
  int64_t bytes;
};

// The largest first; the last needs no name.
constexpr Unit kUnits[] = {
    {"TiB", int64_t{1} << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20},
    {"KiB", 1 << 10},          {"", 1},
};

}  // namespace

absl::StatusOr<int64_t> ParseSize(absl::string_view text) {
  const absl::string_view digits =
      text.substr(0, text.find_first_not_of("0123456789"));
  const absl::string_view name = text.substr(digits.size());
  for (const Unit& unit : kUnits) {
    if (name != unit.name || digits.empty()) continue;
    int64_t count;
    if (!absl::SimpleAtoi(digits, &count) ||
        count > std::numeric_limits<int64_t>::max() / unit.bytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", Printable(text), "\" is too large for a size"));
    }
    return count * unit.bytes;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text),
                   "\" is not a size such as 512, 64KiB, 25MiB or 1GiB"));
}

std::string SizeText(int64_t bytes) {
  assert(bytes >= 0);
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return absl::StrCat(bytes / unit.bytes, unit.name);
    }
  }
  return "0";
}

}  // namespace postern::config
