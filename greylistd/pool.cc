#include "greylistd/pool.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace postern::greylistd {
namespace {

constexpr int kNoOctet = 256;

// Returns the number that starts at `i`, kNoOctet if it exceeds 255, and moves
// `i` behind it.
int TakeNumber(absl::string_view text, size_t& i) {
  int number = 0;
  for (; i < text.size() && absl::ascii_isdigit(text[i]); ++i) {
    if (number < kNoOctet) number = number * 10 + (text[i] - '0');
  }
  return number < kNoOctet ? number : kNoOctet;
}

}  // namespace

bool IsPoolName(absl::string_view client_name, const net::IpAddress& address) {
  if (!address.is_v4()) return false;
  const int third = address.bytes()[2];
  const int fourth = address.bytes()[3];
  bool has_third = false;
  bool has_fourth = false;
  for (size_t i = 0; i < client_name.size();) {
    if (!absl::ascii_isdigit(client_name[i])) {
      ++i;
      continue;
    }
    const int number = TakeNumber(client_name, i);
    // Each number of the name stands for one number of the address.
    if (number == fourth && !has_fourth) {
      has_fourth = true;
    } else if (number == third) {
      has_third = true;
    }
  }
  return has_third && has_fourth;
}

}  // namespace postern::greylistd
