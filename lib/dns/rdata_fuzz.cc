// Any bytes as the data of a record: no crash, and names are host names.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "lib/dns/name.h"
#include "lib/dns/rdata.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::dns::Type;
  const absl::string_view rdata(reinterpret_cast<const char*>(data), size);
  for (const Type type : {Type::kA, Type::kPtr, Type::kMx, Type::kTxt,
                          Type::kAaaa, Type::kSrv, Type::kTlsa}) {
    const std::optional<postern::dns::Record> record =
        postern::dns::ParseRdata(type, rdata);
    if (!record.has_value()) continue;
    const auto* const ptr = std::get_if<postern::dns::Ptr>(&*record);
    if (ptr != nullptr && !postern::dns::IsHostName(ptr->name)) std::abort();
  }
  return 0;
}
