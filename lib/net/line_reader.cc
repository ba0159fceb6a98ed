#include "lib/net/line_reader.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace postern::net {
namespace {

// The buffer starts small, because most connections say little.
// With the byte that a string has at its end these are 4 KiB, which malloc has
// room of just this size for.
constexpr size_t kFirstBytes = 4095;
constexpr size_t kLeastSpace = 1024;

bool Holds(absl::string_view text, char c) {
  return std::memchr(text.data(), c, text.size()) != nullptr;
}

}  // namespace

LineReader::LineReader(size_t max_line_bytes, size_t max_skip_bytes)
    : max_line_bytes_(max_line_bytes),
      max_skip_bytes_(std::max(max_line_bytes, max_skip_bytes)) {
  assert(max_line_bytes >= 2);
}

absl::Span<char> LineReader::Space(size_t busy_bytes) {
  const size_t most = std::max(max_line_bytes_, busy_bytes) + kLeastSpace;
  const bool was_full = end_ == buffer_.size();
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > most) buffer_ = std::string(most, '\0');
  } else if (begin_ > 0 && buffer_.size() - end_ < kLeastSpace) {
    std::memmove(&buffer_[0], &buffer_[begin_], end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const bool is_tight = buffer_.size() - end_ < kLeastSpace;
  if (is_tight || (was_full && buffer_.size() < busy_bytes)) {
    const size_t wanted = std::max(kFirstBytes, 2 * buffer_.size());
    // Callers that let whole lines pile up get more room all the same: the
    // span is never empty.
    buffer_.resize(std::max(std::min(wanted, most), end_ + kLeastSpace));
  }
  return absl::Span<char>(&buffer_[end_], buffer_.size() - end_);
}

void LineReader::Fill(size_t bytes) {
  assert(bytes <= buffer_.size() - end_);
  end_ += bytes;
}

std::optional<Line> LineReader::Next() {
  const absl::string_view rest = Buffered();
  size_t from = scanned_;
  while (from < rest.size()) {
    const void* found =
        std::memchr(rest.data() + from, '\n', rest.size() - from);
    if (found == nullptr) break;
    const size_t lf = static_cast<const char*>(found) - rest.data();
    if (lf > 0 && rest[lf - 1] == '\r') return Take(lf + 1);
    from = lf + 1;
  }
  scanned_ = rest.size();
  return Wait();
}

std::optional<Line> LineReader::Take(size_t bytes) {
  const size_t line_bytes = skipped_ + bytes;
  const absl::string_view text = Buffered().substr(0, bytes - 2);
  if (line_bytes > max_skip_bytes_) return Line{Line::Kind::kEndless, {}};
  begin_ += bytes;
  scanned_ = 0;
  skipped_ = 0;
  if (line_bytes > max_line_bytes_) return Line{Line::Kind::kTooLong, {}};
  if (Holds(text, '\n') || Holds(text, '\r')) {
    return Line{Line::Kind::kBareLf, text};
  }
  return Line{Line::Kind::kText, text};
}

std::optional<Line> LineReader::Wait() {
  const absl::string_view rest = Buffered();
  // One byte more at least will come, the LF.
  const size_t line_bytes = skipped_ + rest.size() + 1;
  if (line_bytes <= max_line_bytes_) return std::nullopt;
  // The last byte stays: it may be the CR of the line's end.
  const size_t dropped = rest.empty() ? 0 : rest.size() - 1;
  begin_ += dropped;
  skipped_ += dropped;
  scanned_ = rest.size() - dropped;
  if (line_bytes > max_skip_bytes_) return Line{Line::Kind::kEndless, {}};
  return std::nullopt;
}

absl::string_view LineReader::Buffered() const {
  return absl::string_view(buffer_.data() + begin_, end_ - begin_);
}

void LineReader::Consume(size_t bytes) {
  assert(bytes <= end_ - begin_);
  begin_ += bytes;
  scanned_ = 0;
}

}  // namespace postern::net
