#include "mta/restrictions/dnsbl_filter.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dns/name.h"

namespace postern::mta::restrictions {
namespace {

using Octet = std::bitset<256>;

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text), "\" ", why));
}

absl::StatusOr<uint32_t> ReadNumber(absl::string_view text) {
  uint32_t number = 0;
  if (text.empty() || text.size() > 3 ||
      text.find_first_not_of("0123456789") != text.npos ||
      !absl::SimpleAtoi(text, &number) || number > 255) {
    return Wrong(text, "is not a number from 0 to 255");
  }
  return number;
}

// "4" or "4..8".
absl::Status ReadRange(absl::string_view text, Octet& octet) {
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(text, absl::MaxSplits("..", 1));
  ASSIGN_OR_RETURN(const uint32_t first, ReadNumber(ends.first));
  uint32_t last = first;
  if (ends.first.size() < text.size()) {
    ASSIGN_OR_RETURN(last, ReadNumber(ends.second));
  }
  if (first > last) return Wrong(text, "is a range that goes down");
  for (uint32_t i = first; i <= last; ++i) octet.set(i);
  return absl::OkStatus();
}

// "4" or "[2;4..8]".
absl::Status ReadOctet(absl::string_view text, Octet& octet) {
  if (!absl::ConsumePrefix(&text, "[")) {
    ASSIGN_OR_RETURN(const uint32_t number, ReadNumber(text));
    octet.set(number);
    return absl::OkStatus();
  }
  if (!absl::ConsumeSuffix(&text, "]")) return Wrong(text, "lacks its \"]\"");
  for (const absl::string_view range : absl::StrSplit(text, ';')) {
    RETURN_IF_ERROR(ReadRange(range, octet));
  }
  return absl::OkStatus();
}

// Cuts off what stands before the next "." that is in no brackets.
absl::string_view TakeOctet(absl::string_view& rest) {
  size_t end = rest.find('.');
  if (!rest.empty() && rest.front() == '[') {
    end = rest.find('.', std::min(rest.find(']'), rest.size()));
  }
  end = std::min(end, rest.size());
  const absl::string_view octet = rest.substr(0, end);
  rest.remove_prefix(end);
  return octet;
}

}  // namespace

absl::StatusOr<DnsblFilter> DnsblFilter::Parse(absl::string_view text) {
  DnsblFilter filter;
  absl::string_view rest = text;
  for (size_t i = 0; i < filter.octets_.size(); ++i) {
    if (i > 0 && !absl::ConsumePrefix(&rest, ".")) {
      return Wrong(text, "does not have four numbers");
    }
    RETURN_IF_ERROR(ReadOctet(TakeOctet(rest), filter.octets_[i]));
  }
  if (!rest.empty()) return Wrong(text, "has more than four numbers");
  return filter;
}

bool DnsblFilter::Matches(const net::IpAddress& address) const {
  if (!address.is_v4()) return false;
  for (size_t i = 0; i < octets_.size(); ++i) {
    if (!octets_[i].test(address.bytes()[i])) return false;
  }
  return true;
}

absl::StatusOr<DnsList> DnsList::Parse(absl::string_view text) {
  const size_t equals = std::min(text.find('='), text.size());
  DnsList list;
  list.zone = dns::Normalized(text.substr(0, equals));
  if (!dns::IsDomainName(list.zone)) {
    return Wrong(text.substr(0, equals), "is not the zone of a DNS list");
  }
  if (equals < text.size()) {
    ASSIGN_OR_RETURN(list.filter, DnsblFilter::Parse(text.substr(equals + 1)));
  }
  return list;
}

}  // namespace postern::mta::restrictions
