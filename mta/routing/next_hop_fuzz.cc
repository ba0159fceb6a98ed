// A next hop that is accepted is one host or address and a port, and its text
// form is read back as the same.

#include <cstdint>
#include <cstdlib>

#include "mta/routing/next_hop.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::mta::routing::NextHop;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<NextHop> hop =
      postern::mta::routing::ParseNextHop(text, 25);
  if (!hop.ok()) return 0;
  if (hop->host.empty() || hop->host.size() > 253 || hop->port == 0) abort();
  if (hop->host.find_first_of("[]@ \r\n") != std::string::npos) abort();
  const absl::StatusOr<NextHop> again =
      postern::mta::routing::ParseNextHop(hop->ToString(), 99);
  if (!again.ok() || *again != *hop) abort();
  return 0;
}
