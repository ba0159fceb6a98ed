// Any text is either refused or is a URI that means the same when it is read
// again.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/https/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto target = postern::https::ParseTarget(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!target.ok()) return 0;
  assert(absl::StartsWith(target->uri, "https://"));
  assert(!target->host.empty() && target->port != 0);
  const auto again = postern::https::ParseTarget(target->uri);
  assert(again.ok());
  assert(again->host == target->host && again->port == target->port);
  assert(again->uri == target->uri);
  return 0;
}
