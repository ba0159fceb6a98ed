#include "lib/dns/name.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxNameBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

// Calls `is_label` for each label; false: one is empty, too long or refused.
template <typename Predicate>
bool AllLabels(absl::string_view name, Predicate is_label) {
  absl::ConsumeSuffix(&name, ".");
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  while (true) {
    const size_t dot = name.find('.');
    const absl::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > kMaxLabelBytes || !is_label(label)) {
      return false;
    }
    if (dot == absl::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool IsPrintableLabel(absl::string_view label) {
  for (const char c : label) {
    if (!absl::ascii_isgraph(c) || c == '\\') return false;
  }
  return true;
}

bool IsHostLabel(absl::string_view label) {
  for (const char c : label) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '_') return false;
  }
  return label.front() != '-' && label.back() != '-';
}

}  // namespace

bool IsDomainName(absl::string_view name) {
  return AllLabels(name, IsPrintableLabel);
}

bool IsHostName(absl::string_view name) {
  return AllLabels(name, IsHostLabel) && !net::IpAddress::Parse(name).ok();
}

std::string ReverseName(const net::IpAddress& address) {
  return absl::StrCat(address.ReversedLabels(),
                      address.is_v4() ? ".in-addr.arpa" : ".ip6.arpa");
}

std::string Normalized(absl::string_view name) {
  absl::ConsumeSuffix(&name, ".");
  return absl::AsciiStrToLower(name);
}

}  // namespace postern::dns
