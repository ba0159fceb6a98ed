// Whatever the bytes and however they are cut: no crash, limits hold, and a
// request that was accepted can be written and read again.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "lib/policy/request.h"

namespace {

using namespace postern::policy;  // NOLINT

void Require(bool fact) {
  if (!fact) std::abort();
}

void CheckRoundTrip(const Request& request) {
  std::string text;
  for (size_t i = 0; i < kAttributeCount; ++i) {
    const auto attribute = static_cast<Attribute>(i);
    Require(request.Get(attribute).size() <= kMaxValueBytes);
    if (request.Has(attribute)) {
      AppendAttribute(attribute, request.Get(attribute), text);
    }
  }
  EndRequest(text);
  absl::StatusOr<Request> again = Request::Parse(text);
  Require(again.ok());
  for (size_t i = 0; i < kAttributeCount; ++i) {
    const auto attribute = static_cast<Attribute>(i);
    Require(again->Get(attribute) == request.Get(attribute));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte says how the rest is cut into reads.
  if (size == 0) return 0;
  const size_t step = 1 + data[0];
  RequestReader reader;
  for (size_t at = 1; at < size;) {
    const absl::Span<char> space = reader.Space();
    Require(!space.empty());
    const size_t bytes = std::min({space.size(), step, size - at});
    std::memcpy(space.data(), data + at, bytes);
    reader.Fill(bytes);
    at += bytes;
    while (true) {
      absl::StatusOr<const Request*> next = reader.Next();
      if (!next.ok()) return 0;
      if (*next == nullptr) break;
      CheckRoundTrip(**next);
    }
  }
  return 0;
}
