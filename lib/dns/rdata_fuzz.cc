// Two bytes of type, then the record's data: nothing crashes, and a name that
// comes out can be asked for.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dns/name.h"
#include "lib/dns/rdata.h"

using postern::dns::Type;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Type type = static_cast<Type>(data[0] << 8 | data[1]);
  const absl::string_view rdata(reinterpret_cast<const char*>(data + 2),
                                size - 2);
  const absl::StatusOr<postern::dns::Record> record =
      postern::dns::ParseRdata(type, rdata);
  if (!record.ok()) return 0;
  if (const auto* mx = std::get_if<postern::dns::Mx>(&*record)) {
    assert(mx->host.empty() || postern::dns::IsHostName(mx->host));
  }
  if (const auto* ptr = std::get_if<postern::dns::Ptr>(&*record)) {
    assert(postern::dns::IsHostName(ptr->name));
  }
  return 0;
}
