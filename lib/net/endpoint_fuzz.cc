// Endpoints: what parses prints to a text that parses to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/net/endpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::net::Endpoint;
  const auto endpoint = Endpoint::Parse(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!endpoint.ok()) return 0;
  const auto again = Endpoint::Parse(endpoint->ToString());
  if (!again.ok() || *again != *endpoint) std::abort();
  return 0;
}
