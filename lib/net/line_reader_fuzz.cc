// Lines: however the input is split, the lines are the same, and none breaks
// the rules. The first byte of the input says how it is split.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/net/line_reader.h"

namespace {

using postern::net::Line;
using postern::net::LineReader;
using Lines = std::vector<std::pair<Line::Kind, std::string>>;

void Require(bool holds) {
  if (!holds) std::abort();
}

Lines Read(absl::string_view input, size_t step) {
  LineReader reader(/*max_line_bytes=*/40, /*max_skip_bytes=*/90);
  Lines lines;
  while (!input.empty()) {
    const absl::Span<char> space = reader.Space();
    Require(!space.empty());
    const size_t n = std::min({space.size(), input.size(), step});
    std::copy_n(input.begin(), n, space.begin());
    reader.Fill(n);
    input.remove_prefix(n);
    while (const auto line = reader.Next()) {
      lines.emplace_back(line->kind, std::string(line->text));
      if (line->kind == Line::Kind::kEndless) return lines;
    }
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  const Lines lines = Read(input, input.size());
  Require(Read(input, 1) == lines);
  Require(Read(input, 1 + data[0] % 64) == lines);
  for (const auto& [kind, text] : lines) {
    const bool is_bare = text.find_first_of("\r\n") != text.npos;
    Require(text.size() + 2 <= 40 && text.find("\r\n") == text.npos);
    Require(is_bare == (kind == Line::Kind::kBareLf));
  }
  return 0;
}
