// What a SOCKS5 server says, in any bytes: the length of the rest is bounded.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "mta/outbound/socks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta::outbound;  // NOLINT: the whole file is its.
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)ReadSocksMethod(bytes, size % 2 == 0);
  (void)ReadSocksLoginReply(bytes);
  const absl::StatusOr<size_t> rest = ReadSocksReplyHead(bytes);
  assert(!rest.ok() || (*rest >= 2 && *rest <= 257));
  return 0;
}
