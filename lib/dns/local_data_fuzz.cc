// Any text is either refused or gives zones that can be names.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/dns/local_data.h"
#include "lib/dns/name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  postern::dns::LocalData local;
  if (!local
           .Add(absl::string_view(reinterpret_cast<const char*>(data), size),
                "f")
           .ok()) {
    return 0;
  }
  for (const std::string& zone : local.Zones()) {
    assert(postern::dns::IsDomainName(zone));
  }
  return 0;
}
