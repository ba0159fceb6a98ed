// The bytes are what Redis sends, cut at the place that the first one says: it
// must not matter for the replies, and their sum must keep within the limits.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/redis/reply_reader.h"

namespace {

using postern::redis::Reply;
using postern::redis::ReplyReader;

constexpr ReplyReader::Limits kLimits = {.max_bytes = 512, .max_elements = 64};

size_t BytesOf(const Reply& reply) {
  size_t bytes = reply.error().size();
  if (const auto text = reply.String(kLimits.max_bytes); text.ok()) {
    bytes += text->size();
  }
  if (const auto elements = reply.Array(0, kLimits.max_elements);
      elements.ok()) {
    for (const Reply& element : *elements) bytes += BytesOf(element);
  }
  return bytes;
}

// Returns the replies; `is_good` tells whether there was no error.
std::vector<Reply> Read(const std::vector<absl::string_view>& pieces,
                        bool& is_good) {
  ReplyReader reader(kLimits);
  std::vector<Reply> replies;
  is_good = true;
  for (const absl::string_view piece : pieces) {
    is_good = is_good && reader.Feed(piece).ok();
    while (is_good) {
      auto reply = reader.Next();
      is_good = reply.ok();
      if (!is_good || !reply->has_value()) break;
      if (BytesOf(**reply) > kLimits.max_bytes) std::abort();
      replies.push_back(**std::move(reply));
    }
  }
  return replies;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  const size_t cut = bytes.empty() ? 0 : data[0] % bytes.size();
  bool is_good = false;
  bool is_good_in_pieces = false;
  const auto whole = Read({bytes}, is_good);
  const auto pieces =
      Read({bytes.substr(0, cut), bytes.substr(cut)}, is_good_in_pieces);
  if (whole != pieces || is_good != is_good_in_pieces) std::abort();
  return 0;
}
