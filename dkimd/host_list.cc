#include "dkimd/host_list.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::dkimd {
namespace {

// What is written between brackets; the text itself if it has none.
absl::string_view WithoutBrackets(absl::string_view text) {
  absl::string_view inside = text;
  const bool has_both =
      absl::ConsumePrefix(&inside, "[") && absl::ConsumeSuffix(&inside, "]");
  return has_both ? inside : text;
}

// Whether it could be the name of a host, or of a domain with a dot before.
bool IsHostName(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || absl::StrContains("-._", c);
         });
}

// Puts `listed` in, unless the same is there with a "!".
template <typename Map, typename Key>
void Insert(Map& map, Key key, bool listed) {
  const auto [place, is_new] = map.try_emplace(std::move(key), listed);
  if (!is_new) place->second = place->second && listed;
}

}  // namespace

absl::StatusOr<HostList> HostList::Create(
    const std::vector<std::string>& entries) {
  HostList list;
  for (const std::string& entry : entries) RETURN_IF_ERROR(list.Add(entry));
  return list;
}

absl::Status HostList::Add(absl::string_view entry) {
  const auto refuse = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", Printable(entry), "\" is no address, network or host"));
  };
  absl::string_view text = absl::StripAsciiWhitespace(entry);
  const bool listed = !absl::ConsumePrefix(&text, "!");
  const size_t slash = text.find('/');
  const absl::StatusOr<net::IpAddress> address =
      net::IpAddress::Parse(WithoutBrackets(text.substr(0, slash)));
  if (address.ok()) {
    int prefix = address->bits();
    if (slash != absl::string_view::npos &&
        (!absl::SimpleAtoi(text.substr(slash + 1), &prefix) || prefix < 0 ||
         prefix > address->bits())) {
      return refuse();
    }
    prefixes_.insert(prefix);
    Insert(networks_, std::make_pair(address->Masked(prefix), prefix), listed);
    return absl::OkStatus();
  }
  if (!IsHostName(text)) return refuse();
  Insert(names_, absl::AsciiStrToLower(text), listed);
  return absl::OkStatus();
}

bool HostList::HasAddress(const net::IpAddress& address) const {
  for (auto prefix = prefixes_.rbegin(); prefix != prefixes_.rend(); ++prefix) {
    if (*prefix > address.bits()) continue;
    const auto place = networks_.find({address.Masked(*prefix), *prefix});
    if (place != networks_.end()) return place->second;
  }
  return false;
}

bool HostList::HasName(absl::string_view name) const {
  const std::string lower = absl::AsciiStrToLower(absl::StripSuffix(name, "."));
  const absl::string_view host = lower;
  const auto whole = names_.find(host);
  if (whole != names_.end()) return whole->second;
  for (size_t dot = host.find('.'); dot != absl::string_view::npos;
       dot = host.find('.', dot + 1)) {
    const auto above = names_.find(host.substr(dot));
    if (above != names_.end()) return above->second;
  }
  return false;
}

bool HostList::Contains(const std::optional<net::IpAddress>& address,
                        absl::string_view name) const {
  const net::IpAddress client =
      address.value_or(net::IpAddress::V4({127, 0, 0, 1}));
  if (!networks_.empty() && HasAddress(client)) return true;
  const bool is_name = !name.empty() && !absl::StartsWith(name, "[");
  return is_name && !names_.empty() && HasName(name);
}

}  // namespace postern::dkimd
