// Which answers of a DNS list count: the "127.0.0.[2;4..8]" of
// "zone=127.0.0.[2;4..8]".
//
//   ASSIGN_OR_RETURN(DnsList list,
//   DnsList::Parse("zen.example=127.0.0.[2..11]")); if (list.Counts(address)) …
//
// Source:  postconf(5), reject_rbl_client: each of the four numbers is a number
//          or, in brackets, numbers and number..number ranges with ";" between
//          them.
// Errors:  InvalidArgument: what is wrong with the text.
// Threads: values; pure.

#ifndef POSTERN_MTA_RESTRICTIONS_DNSBL_FILTER_H_
#define POSTERN_MTA_RESTRICTIONS_DNSBL_FILTER_H_

#include <array>
#include <bitset>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace postern::mta::restrictions {

class DnsblFilter {
 public:
  static absl::StatusOr<DnsblFilter> Parse(absl::string_view text);

  bool Matches(const net::IpAddress& address) const;

 private:
  DnsblFilter() = default;

  std::array<std::bitset<256>, 4> octets_;
};

// A list as a restriction names it: its zone and which answers count.
struct DnsList {
  std::string zone;  // In lower case.
  std::optional<DnsblFilter> filter;

  // Reads "zone" or "zone=filter".
  static absl::StatusOr<DnsList> Parse(absl::string_view text);

  // Without a filter every address counts.
  bool Counts(const net::IpAddress& address) const {
    return !filter.has_value() || filter->Matches(address);
  }
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DNSBL_FILTER_H_
