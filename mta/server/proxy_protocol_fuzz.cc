// The PROXY header: whatever comes, and however it is cut, the reader ends
// within its bounds, never wants a byte of what follows, and decides the same.
// The first byte of the input says how it is cut.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "absl/strings/string_view.h"
#include "mta/server/proxy_protocol.h"

namespace {

using postern::mta::server::ProxyEnds;
using postern::mta::server::ProxyHeaderReader;

struct Outcome {
  bool is_complete = false;
  bool is_wrong = false;
  size_t bytes = 0;
  std::optional<ProxyEnds> ends;
};

Outcome ReadAll(absl::string_view input, size_t most) {
  ProxyHeaderReader reader;
  Outcome outcome;
  while (outcome.bytes < input.size() && !reader.is_complete()) {
    const size_t wanted = reader.Wanted();
    if (wanted == 0) std::abort();
    const absl::string_view piece =
        input.substr(outcome.bytes, std::min(wanted, most));
    outcome.bytes += piece.size();
    outcome.is_wrong = !reader.Take(piece).ok();
    if (outcome.is_wrong) return outcome;
  }
  outcome.is_complete = reader.is_complete();
  outcome.ends = reader.ends();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t most = 1 + data[0] % 64;
  const absl::string_view input(reinterpret_cast<const char*>(data + 1),
                                size - 1);
  const Outcome whole = ReadAll(input, ProxyHeaderReader::kMaxV2Bytes);
  const Outcome cut = ReadAll(input, most);
  if (whole.is_complete != cut.is_complete) std::abort();
  if (whole.is_wrong != cut.is_wrong) std::abort();
  if (whole.is_complete &&
      (whole.bytes != cut.bytes || whole.ends != cut.ends)) {
    std::abort();
  }
  if (whole.bytes > ProxyHeaderReader::kMaxV2Bytes) std::abort();
  if (whole.is_wrong && whole.ends.has_value()) std::abort();
  return 0;
}
