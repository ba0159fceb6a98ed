// Whatever Redis writes as an error is read within bounds and never OK.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/redis/error_reply.h"
#include "lib/redis/slot.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::redis::ErrorReply;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const ErrorReply error = postern::redis::ReadError(text);
  const bool is_redirection = error.kind == ErrorReply::Kind::kMoved ||
                              error.kind == ErrorReply::Kind::kAsk;
  if (is_redirection != (error.node.port != 0)) std::abort();
  if (error.slot >= postern::redis::kSlots) std::abort();
  if (error.node.host.size() > 255) std::abort();
  if (postern::redis::StatusOfError(text).ok()) std::abort();
  return 0;
}
