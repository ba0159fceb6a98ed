#include "lib/dns/name.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxNameBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

absl::string_view WithoutFinalDot(absl::string_view name) {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  return name;
}

bool IsPrintable(char c) { return c > ' ' && c <= '~' && c != '\\'; }

bool IsHostCharacter(char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '_';
}

// Calls `is_good` for each label until one is not.
template <typename Predicate>
bool AllLabels(absl::string_view name, Predicate is_good) {
  while (true) {
    const size_t dot = name.find('.');
    if (!is_good(name.substr(0, dot))) return false;
    if (dot == absl::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

bool IsDomainName(absl::string_view name) {
  name = WithoutFinalDot(name);
  return name.size() <= kMaxNameBytes &&
         AllLabels(name, [](absl::string_view label) {
           return !label.empty() && label.size() <= kMaxLabelBytes &&
                  std::all_of(label.begin(), label.end(), IsPrintable);
         });
}

bool IsHostName(absl::string_view name) {
  if (!IsDomainName(name)) return false;
  name = WithoutFinalDot(name);
  const bool is_good = AllLabels(name, [](absl::string_view label) {
    return label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), IsHostCharacter);
  });
  if (!is_good) return false;
  // No top-level domain is a number (RFC 3696 section 2): such a text would be
  // taken for an address, and an MX could name 127.0.0.1 that way (MTA-31).
  const absl::string_view last = name.substr(name.rfind('.') + 1);
  return !std::all_of(last.begin(), last.end(), absl::ascii_isdigit);
}

std::string ReverseName(const net::IpAddress& address) {
  return absl::StrCat(address.ReversedLabels(),
                      address.is_v4() ? ".in-addr.arpa" : ".ip6.arpa");
}

std::string Normalized(absl::string_view name) {
  return absl::AsciiStrToLower(WithoutFinalDot(name));
}

}  // namespace postern::dns
