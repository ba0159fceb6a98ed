// What of a client's doings is counted, and how much of it is too much.
//
// Source:  Postfix, anvil(8) and postconf(5), smtpd_client_*_limit.
// Errors:  RulesFrom() returns InvalidArgument; the text starts with the config
//          field at fault.
// Threads: values.

#ifndef POSTERN_MTA_LIMITS_EVENT_H_
#define POSTERN_MTA_LIMITS_EVENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::limits {

enum class Event {
  kConnection,
  kMessage,
  kRecipient,
  kTlsHandshake,  // One that resumes no session.
  kAuth,
  kAuthFailure,
};
inline constexpr size_t kEventCount = 6;
// Returns "connection" and the like.
absl::string_view EventName(Event event);

// Who may do how much.
struct Bound {
  net::Network who;
  uint32_t limit;
};

// How much a client, and its network, may do.
struct Rules {
  // By event, in a unit of time; 0: any number.
  std::array<uint32_t, kEventCount> limits = {};
  // Connections at the same time; 0: any number.
  uint32_t open_connections = 0;
  // An address is counted as this much of it.
  int client_bits_v4 = 32;
  int client_bits_v6 = 64;
  // The network around it may do this many times as much; 0: any number.
  uint32_t network_factor = 0;
  int network_bits_v4 = 24;
  int network_bits_v6 = 48;
  // Who is not counted.
  std::vector<net::Network> exceptions;

  uint32_t LimitOf(Event event) const {
    return limits[static_cast<size_t>(event)];
  }
  bool IsException(const net::IpAddress& client) const;
  // Returns what `client` and its network may do of something of which a
  // client may do `limit`; nothing: as much as they like.
  std::vector<Bound> BoundsOf(uint32_t limit,
                              const net::IpAddress& client) const;
};

absl::StatusOr<Rules> RulesFrom(const config::v1::Mta& config);

}  // namespace postern::mta::limits

#endif  // POSTERN_MTA_LIMITS_EVENT_H_
