#include "lib/dkim/message.h"

#include <cstddef>

namespace postern::dkim {

void Message::AddField(absl::string_view name, absl::string_view value) {
  size_t end = name.size();
  while (end > 0 && (name[end - 1] == ' ' || name[end - 1] == '\t')) --end;
  header_.Add(
      {.name = name.substr(0, end), .value = value, .gap = name.substr(end)});
}

void Message::AddBody(absl::string_view chunk) {
  if (!wants_body() || chunk.empty()) return;
  LookForStrays(chunk);
  bodies_.Add(chunk);
}

void Message::LookForStrays(absl::string_view chunk) {
  if (has_stray_) return;
  size_t at = 0;
  if (ends_in_cr_) {
    has_stray_ = chunk.front() != '\n';
    at = 1;
  }
  // From one LF to the next: before it there is a CR, between them none.
  while (at < chunk.size() && !has_stray_) {
    const size_t lf = chunk.find('\n', at);
    const size_t cr = chunk.substr(0, lf).find('\r', at);
    if (lf == absl::string_view::npos) {
      has_stray_ = cr != absl::string_view::npos && cr + 1 < chunk.size();
      break;
    }
    has_stray_ = cr != lf - 1 || lf == at;
    at = lf + 1;
  }
  ends_in_cr_ = chunk.back() == '\r';
}

}  // namespace postern::dkim
