// Whatever a server sends: no crash, bounds hold, and what we would send on is
// well-formed.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_split.h"
#include "mta/smtp/reply.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::mta::smtp::Reply;
  using postern::mta::smtp::ReplyParser;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  ReplyParser parser;
  for (const absl::string_view line : absl::StrSplit(input, '\n')) {
    const absl::StatusOr<bool> complete = parser.Add(line);
    if (!complete.ok()) return 0;
    if (!*complete) continue;
    const Reply reply = parser.Take();
    assert(reply.code >= 200 && reply.code <= 599);
    assert(reply.text.size() <= 4096 + ReplyParser::kMaxLines);
    for (const absl::string_view out :
         absl::StrSplit(reply.Format(), "\r\n", absl::SkipEmpty())) {
      assert(out.size() <= 510);
      for (const char c : out) assert(c >= ' ' && c <= '~');
    }
    assert(reply.ToString().find('\n') == std::string::npos);
  }
  return 0;
}
