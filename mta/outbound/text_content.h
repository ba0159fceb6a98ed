// The content of a message, for tests: a text in pieces.

#ifndef POSTERN_MTA_OUTBOUND_TEXT_CONTENT_H_
#define POSTERN_MTA_OUTBOUND_TEXT_CONTENT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mta/queue/courier.h"

namespace postern::mta::outbound {

class TextContent final : public queue::Content {
 public:
  explicit TextContent(std::string text) : pieces_{std::move(text)} {}
  explicit TextContent(std::vector<std::string> pieces)
      : pieces_(std::move(pieces)) {}

  // From now on this piece cannot be read.
  void Lose(int index) { lost_ = index; }

  int64_t size_bytes() const override {
    int64_t size = 0;
    for (const std::string& piece : pieces_) size += piece.size();
    return size;
  }
  int pieces() const override { return static_cast<int>(pieces_.size()); }
  absl::StatusOr<std::string> Piece(int index) const override {
    if (index == lost_) return absl::DataLossError("piece is damaged");
    return pieces_[index];
  }

 private:
  const std::vector<std::string> pieces_;
  int lost_ = -1;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_TEXT_CONTENT_H_
