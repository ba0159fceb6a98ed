// Whatever follows XCLIENT or XFORWARD: no crash, and each value that is taken
// is one printable word of bounded length.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "mta/smtp/client_attributes.h"

namespace {

using postern::mta::smtp::ClientAttributes;

void Check(const absl::StatusOr<ClientAttributes>& parsed) {
  if (!parsed.ok()) return;
  assert(*parsed != ClientAttributes());
  for (const auto& attribute :
       {parsed->name, parsed->reverse_name, parsed->address, parsed->port,
        parsed->protocol, parsed->helo, parsed->login, parsed->destination,
        parsed->destination_port, parsed->identity, parsed->source}) {
    if (!attribute) continue;
    assert(attribute->value.size() <= 255);
    for (const char c : attribute->value) assert(c > ' ' && c <= '~');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Check(postern::mta::smtp::ParseXclient(text));
  Check(postern::mta::smtp::ParseXforward(text));
  return 0;
}
