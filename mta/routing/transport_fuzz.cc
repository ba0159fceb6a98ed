// A transport that is accepted has a next hop that the router can follow, and
// the text form of a list of hosts is read back as the same.

#include <cstdint>
#include <cstdlib>

#include "mta/routing/lmtp_hop.h"
#include "mta/routing/transport.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::mta::routing::NextHop;
  using postern::mta::routing::Transport;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Transport> transport =
      postern::mta::routing::ParseTransport(text);
  if (!transport.ok() || transport->next_hop.empty()) return 0;
  if (transport->kind == Transport::Kind::kSmtp) {
    const absl::StatusOr<NextHop> hop =
        postern::mta::routing::ParseNextHops(transport->next_hop, 25);
    if (!hop.ok() || hop->is_lmtp || hop->others.size() > 9) abort();
    const absl::StatusOr<NextHop> again =
        postern::mta::routing::ParseNextHops(hop->ToString(), 99);
    if (!again.ok() || *again != *hop) abort();
  } else if (transport->kind == Transport::Kind::kLmtp) {
    const absl::StatusOr<NextHop> hop =
        postern::mta::routing::ParseLmtpHops(transport->next_hop);
    if (!hop.ok() || !hop->is_lmtp || hop->host.empty()) abort();
    if (hop->kind == NextHop::Kind::kMx) abort();
  }
  return 0;
}
