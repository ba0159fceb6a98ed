#include "greylistd/allowlist.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::greylistd {
namespace {

// Returns the entry of a line without comment and blanks; empty if none.
absl::string_view EntryOf(absl::string_view line) {
  return absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
}

bool HasBlank(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isspace(c); });
}

bool IsPattern(absl::string_view entry) {
  return entry.size() > 2 && entry.front() == '/' && entry.back() == '/';
}

absl::Status NotAnEntry(absl::string_view entry, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(entry), "\" is not ", what));
}

// Whether the entry is made of numbers and dots, as an address is.
bool LooksLikeIpv4(absl::string_view entry) {
  return absl::ascii_isdigit(entry[0]) &&
         entry.find_first_not_of("0123456789./") == absl::string_view::npos;
}

// "192.0.2.1/24", "192.0.2", "192.0", "2001:db8::/32". Bits behind the prefix
// do not matter.
absl::StatusOr<net::Network> ParseNetwork(absl::string_view entry) {
  const std::vector<absl::string_view> parts = absl::StrSplit(entry, '/');
  std::string address(parts[0]);
  const auto dots = std::count(address.begin(), address.end(), '.');
  std::optional<int> prefix;
  if (parts.size() == 1 && LooksLikeIpv4(entry) && (dots == 1 || dots == 2)) {
    prefix = 8 * static_cast<int>(dots + 1);
    absl::StrAppend(&address, dots == 2 ? ".0" : ".0.0");
  }
  absl::StatusOr<net::IpAddress> ip = net::IpAddress::Parse(address);
  if (!ip.ok() || parts.size() > 2) {
    return NotAnEntry(entry, "an address or a network");
  }
  if (parts.size() == 2) {
    int bits = 0;
    if (!absl::SimpleAtoi(parts[1], &bits) || bits < 0 || bits > ip->bits()) {
      return NotAnEntry(entry, "a network: wrong prefix length");
    }
    prefix = bits;
  }
  return net::Network(*ip, prefix.value_or(ip->bits()));
}

// Calls `add` for every line of the sources.
template <typename List>
absl::StatusOr<List> ReadList(const ListSources& sources) {
  List list;
  for (const std::string& file : sources.files) {
    absl::StatusOr<std::string> text = ReadFile(file);
    if (absl::IsNotFound(text.status()) && absl::EndsWith(file, ".local")) {
      continue;
    }
    if (!text.ok()) return text.status();
    int number = 0;
    for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
      ++number;
      const absl::Status added = list.AddLine(line);
      if (!added.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(file, ":", number, ": ", added.message()));
      }
    }
  }
  for (const std::string& entry : sources.entries) {
    const absl::Status added = list.AddLine(entry);
    if (!added.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(sources.entries_field, ": ", added.message()));
    }
  }
  RETURN_IF_ERROR(list.Finish());
  return list;
}

// Whether `name` or a domain above it is in `domains`.
bool ContainsDomain(const absl::flat_hash_set<std::string>& domains,
                    absl::string_view name) {
  if (domains.empty()) return false;
  while (true) {
    if (domains.contains(name)) return true;
    const size_t dot = name.find('.');
    if (dot == absl::string_view::npos) return false;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

absl::StatusOr<ClientList> ClientList::Read(const ListSources& sources) {
  return ReadList<ClientList>(sources);
}

absl::Status ClientList::AddLine(absl::string_view line) {
  const absl::string_view entry = EntryOf(line);
  if (entry.empty()) return absl::OkStatus();
  if (HasBlank(entry)) return NotAnEntry(entry, "one client");
  if (IsPattern(entry)) {
    return patterns_.Add(entry.substr(1, entry.size() - 2));
  }
  if (LooksLikeIpv4(entry) || std::count(entry.begin(), entry.end(), ':') > 1) {
    ASSIGN_OR_RETURN(const net::Network network, ParseNetwork(entry));
    AddNetwork(network);
    return absl::OkStatus();
  }
  if (absl::StrContains(entry, "/")) return NotAnEntry(entry, "a client");
  domains_.insert(absl::AsciiStrToLower(entry));
  return absl::OkStatus();
}

void ClientList::AddNetwork(const net::Network& network) {
  const int prefix = network.prefix_bits();
  if (network.address().is_v4()) {
    ipv4_prefixes_.set(prefix);
  } else {
    ipv6_prefixes_.set(prefix);
  }
  networks_.emplace(network.address().Masked(prefix), prefix);
}

bool ClientList::ContainsAddress(const net::IpAddress& address) const {
  for (int prefix = 0; prefix <= address.bits(); ++prefix) {
    const bool in_use = address.is_v4() ? ipv4_prefixes_.test(prefix)
                                        : ipv6_prefixes_.test(prefix);
    if (in_use && networks_.contains({address.Masked(prefix), prefix})) {
      return true;
    }
  }
  return false;
}

bool ClientList::Contains(const net::IpAddress& address,
                          absl::string_view name) const {
  if (!networks_.empty() && ContainsAddress(address)) return true;
  if (!domains_.empty() &&
      ContainsDomain(domains_, absl::AsciiStrToLower(name))) {
    return true;
  }
  return patterns_.Matches(name);
}

absl::StatusOr<RecipientList> RecipientList::Read(const ListSources& sources) {
  return ReadList<RecipientList>(sources);
}

absl::Status RecipientList::AddLine(absl::string_view line) {
  const absl::string_view entry = EntryOf(line);
  if (entry.empty()) return absl::OkStatus();
  if (IsPattern(entry) && !HasBlank(entry)) {
    return patterns_.Add(entry.substr(1, entry.size() - 2));
  }
  if (HasBlank(entry) || entry == "@") {
    return NotAnEntry(entry, "one recipient");
  }
  if (absl::StrContains(entry, "@")) {
    addresses_.insert(absl::AsciiStrToLower(entry));
  } else {
    domains_.insert(absl::AsciiStrToLower(entry));
  }
  return absl::OkStatus();
}

bool RecipientList::ContainsUser(absl::string_view local,
                                 absl::string_view domain) const {
  const auto is_listed = [&](absl::string_view user) {
    return addresses_.contains(absl::StrCat(user, "@")) ||
           addresses_.contains(absl::StrCat(user, "@", domain));
  };
  if (is_listed(local)) return true;
  // user+extension, where there is an extension.
  for (size_t plus = local.find('+');
       plus != absl::string_view::npos && plus + 1 < local.size();
       plus = local.find('+', plus + 1)) {
    if (is_listed(local.substr(0, plus))) return true;
  }
  return false;
}

bool RecipientList::Contains(absl::string_view recipient) const {
  if (!addresses_.empty() || !domains_.empty()) {
    const std::string lower = absl::AsciiStrToLower(recipient);
    const absl::string_view address = lower;
    const size_t at = address.rfind('@');
    if (at != absl::string_view::npos) {
      const absl::string_view domain = address.substr(at + 1);
      if (ContainsDomain(domains_, domain)) return true;
      if (!addresses_.empty() && ContainsUser(address.substr(0, at), domain)) {
        return true;
      }
    }
  }
  return patterns_.Matches(recipient);
}

}  // namespace postern::greylistd
