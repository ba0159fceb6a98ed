#include "mta/restrictions/host_name.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/net/ip.h"

namespace postern::mta::restrictions {
namespace {

constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxLabelBytes = 63;

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes &&
         label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

bool IsAllNumeric(absl::string_view name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
}

}  // namespace

absl::string_view WithoutDot(absl::string_view name) {
  if (name.size() > 1 && name.back() == '.' && name[name.size() - 2] != '.') {
    name.remove_suffix(1);
  }
  return name;
}

bool HasHostNameForm(absl::string_view name) {
  name = WithoutDot(name);
  if (name.empty() || name.size() > kMaxNameBytes || IsAllNumeric(name)) {
    return false;
  }
  for (const absl::string_view label : absl::StrSplit(name, '.')) {
    if (!IsLabel(label)) return false;
  }
  return true;
}

bool IsFullHostName(absl::string_view name) {
  return HasHostNameForm(name) && absl::StrContains(WithoutDot(name), '.');
}

bool IsBracketed(absl::string_view text) {
  return text.size() >= 2 && text.front() == '[' && text.back() == ']';
}

bool IsAddressLiteral(absl::string_view text) {
  if (IsBracketed(text)) text = text.substr(1, text.size() - 2);
  if (absl::StartsWithIgnoreCase(text, "IPv6:")) {
    text.remove_prefix(5);
    const absl::StatusOr<net::IpAddress> address = net::IpAddress::Parse(text);
    return address.ok() && absl::StrContains(text, ':');
  }
  const absl::StatusOr<net::IpAddress> address = net::IpAddress::Parse(text);
  return address.ok() && !absl::StrContains(text, ':');
}

}  // namespace postern::mta::restrictions
