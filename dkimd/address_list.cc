#include "dkimd/address_list.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dkimd/signing_table.h"
#include "lib/base/printable.h"

namespace postern::dkimd {

absl::StatusOr<AddressList> AddressList::Create(
    const std::vector<std::string>& entries) {
  AddressList list;
  for (const std::string& entry : entries) {
    std::string text = absl::AsciiStrToLower(entry);
    if (text.empty() || text.find_first_of(" \t,<>") != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", Printable(entry), "\" is no address, domain or pattern"));
    }
    if (absl::StrContains(text, '*')) {
      list.patterns_.push_back(std::move(text));
    } else {
      list.entries_.insert(std::move(text));
    }
  }
  return list;
}

bool AddressList::Contains(absl::string_view local_part,
                           absl::string_view domain) const {
  if (empty()) return false;
  const std::string address =
      absl::AsciiStrToLower(absl::StrCat(local_part, "@", domain));
  const absl::string_view host =
      absl::string_view(address).substr(local_part.size() + 1);
  if (entries_.contains(address) || entries_.contains(host)) return true;
  for (size_t dot = host.find('.'); dot != absl::string_view::npos;
       dot = host.find('.', dot + 1)) {
    if (entries_.contains(host.substr(dot))) return true;
  }
  for (const std::string& pattern : patterns_) {
    if (MatchesPattern(pattern, address)) return true;
  }
  return false;
}

bool AddressList::Contains(absl::string_view address) const {
  const size_t at = address.rfind('@');
  if (at == absl::string_view::npos) return Contains(address, "");
  return Contains(address.substr(0, at), address.substr(at + 1));
}

}  // namespace postern::dkimd
