#include "dkimd/message_feed.h"

#include <optional>

namespace postern::dkimd {

using Found = mail::HeaderSplitter::Found;

void MessageFeed::Add(absl::string_view bytes) {
  if (bytes.empty()) return;
  is_empty_ = false;
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 32);
  for (const char c : bytes) {
    if (c == '\n' && !ends_in_cr_) text += '\r';
    text += c;
    ends_in_cr_ = c == '\r';
  }
  if (is_in_body_) {
    sink_.OnBody(text);
  } else {
    AddHeader(text);
  }
}

void MessageFeed::AddHeader(absl::string_view text) {
  while (!text.empty() && !is_in_body_) {
    text.remove_prefix(splitter_.Consume(text));
    OnFound();
  }
  if (!text.empty()) sink_.OnBody(text);
}

void MessageFeed::OnFound() {
  if (splitter_.found() == Found::kField) {
    const std::optional<mail::HeaderField> field =
        mail::HeaderField::Parse(splitter_.text());
    if (field) sink_.OnField(*field);
  } else if (splitter_.found() == Found::kEnd) {
    is_in_body_ = true;
    sink_.OnEndOfHeader();
    // A line that is no field is the first of the body.
    if (splitter_.text() != "\r\n") sink_.OnBody(splitter_.text());
  }
}

void MessageFeed::Finish() {
  while (!is_in_body_) {
    splitter_.Finish();
    OnFound();
  }
}

}  // namespace postern::dkimd
