// Whatever stands behind reject_rbl_client: no crash; a filter that is
// understood matches something, and never an IPv6 address.

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "mta/restrictions/dnsbl_filter.h"

namespace {

// Tells whether some address matches: the octets are independent, so each can
// be looked for with the others as they were found.
bool MatchesSomething(const postern::mta::restrictions::DnsblFilter& filter,
                      absl::string_view text) {
  using postern::net::IpAddress;
  std::array<uint8_t, 4> octets = {};
  size_t at = text.find('=') + 1;
  for (uint8_t& octet : octets) {
    at = text.find_first_of("0123456789", at);
    int number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      number = 10 * number + (text[at++] - '0');
    }
    octet = static_cast<uint8_t>(number);
    const size_t dot = text.find('.', at);
    const size_t bracket = text.find(']', at);
    const size_t open = text.find('[', at);
    if (bracket < text.size() && (open > bracket || open == text.npos)) {
      at = bracket;
    } else {
      at = dot;
    }
  }
  return filter.Matches(IpAddress::V4(octets));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::restrictions;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<DnsList> list = DnsList::Parse(text);
  if (!list.ok()) return 0;
  assert(!list->zone.empty());
  if (!list->filter) return 0;
  assert(MatchesSomething(*list->filter, text));
  assert(!list->filter->Matches(postern::net::IpAddress::V6({0x20, 0x01})));
  return 0;
}
