// TLSA records: whatever a DNS answer says, what is usable is still usable when
// it is looked at again (MTA-22).

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "lib/net/tls_peer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::net::TlsaRecord;
  std::vector<TlsaRecord> records;
  // Three bytes of numbers, one of length, then so many of data.
  while (size >= 4) {
    TlsaRecord record = {data[0], data[1], data[2], ""};
    size_t length = data[3];
    data += 4;
    size -= 4;
    if (length > size) length = size;
    record.data.assign(reinterpret_cast<const char*>(data), length);
    data += length;
    size -= length;
    records.push_back(record);
  }
  const std::vector<TlsaRecord> usable = postern::net::UsableTlsa(records);
  if (usable.size() > records.size()) std::abort();
  if (postern::net::UsableTlsa(usable) != usable) std::abort();
  return 0;
}
