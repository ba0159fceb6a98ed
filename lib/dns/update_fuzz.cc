// What a name server answers to an update: nothing crashes, and without the
// key nobody makes an answer that is believed.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/dns/update.h"

namespace dns = postern::dns;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const dns::TsigKey key = {"postern.key",
                            postern::net::KeyedDigest::Hash::kSha256,
                            "0123456789abcdef0123456789abcdef"};
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  std::string request =
      dns::TxtUpdate{.zone = "a", .name = "b.a"}.Packed(0x1234);
  const std::string mac = key.Sign(now, request);
  const absl::Status status = dns::CheckUpdateAnswer(
      request, mac, key,
      absl::string_view(reinterpret_cast<const char*>(data), size), now);
  assert(!status.ok());
  return 0;
}
