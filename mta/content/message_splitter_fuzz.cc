// Any message, with any checks on: the pieces are the message, byte for byte,
// and the same wherever the reads were cut.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "mta/content/message_splitter.h"

namespace {

using postern::mta::content::HeaderKind;
using postern::mta::content::MessageSplitter;
using Kind = MessageSplitter::Piece::Kind;

struct Result {
  Result(absl::string_view message, size_t step,
         const MessageSplitter::Options& options)
      : splitter(options) {
    while (!message.empty()) {
      message.remove_prefix(splitter.Consume(message.substr(0, step)));
      Note();
    }
    do {
      splitter.Finish();
      Note();
    } while (splitter.piece().kind != Kind::kNothing);
  }

  void Note() {
    const MessageSplitter::Piece& piece = splitter.piece();
    all.append(piece.text.data(), piece.text.size());
    switch (piece.kind) {
      case Kind::kNothing:
      case Kind::kFieldRest:  // Cut as the reads are.
      case Kind::kOther:
        return;
      default:
        break;
    }
    pieces.emplace_back(std::make_pair(piece.kind, piece.header_kind),
                        piece.text);
  }

  MessageSplitter splitter;
  std::vector<std::pair<std::pair<Kind, HeaderKind>, std::string>> pieces;
  std::string all;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view message(reinterpret_cast<const char*>(data) + 1,
                                  size - 1);
  const MessageSplitter::Options options = {
      .max_field_bytes = 100,
      .has_parts = (data[0] & 1) == 0,
      .mime = {.max_nesting = 3, .max_boundary_bytes = 8},
      .line_bytes = (data[0] & 2) == 0 ? 64 : 0};
  const Result whole(message, size, options);
  assert(whole.all == message);
  for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{7}}) {
    const Result cut(message, step, options);
    assert(cut.all == message);
    assert(cut.pieces == whole.pieces);
    assert(cut.splitter.is_too_deep() == whole.splitter.is_too_deep());
  }
  return 0;
}
