// Any key record: what is without fault is a key of a size that we use.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/dkim/public_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::dkim::KeyRecord;
  const KeyRecord record = KeyRecord::Parse(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  assert(record.fault.empty() == record.key.has_value());
  if (!record.key) return 0;
  assert(!record.is_revoked);
  assert(record.key->bits() >= 256 && record.key->bits() <= 8192);
  assert(!record.key->Verify("a digest", "no signature"));
  return 0;
}
