#include "mta/content/message_splitter.h"

#include <algorithm>

namespace postern::mta::content {
namespace {

using Found = mail::HeaderSplitter::Found;
using Kind = MessageSplitter::Piece::Kind;
using Delimiter = MimeStructure::Delimiter;

bool EndsLine(absl::string_view text) {
  return !text.empty() && text.back() == '\n';
}

// A line that begins like this may be a delimiter.
bool MayBeDelimiter(absl::string_view text) {
  return text.front() == '-' && (text.size() == 1 || text[1] == '-');
}

}  // namespace

MessageSplitter::MessageSplitter(const Options& options)
    : options_(options), structure_(options.mime) {
  header_.emplace(options_.max_field_bytes);
}

size_t MessageSplitter::Consume(absl::string_view content) {
  piece_ = Piece();
  OnHeaderEnd();
  if (stray_used_ < stray_.size()) {
    const absl::string_view stray(stray_);
    const size_t taken = header_ ? ConsumeHeader(stray.substr(stray_used_))
                                 : ConsumeBody(stray.substr(stray_used_));
    // If it ends the next header as well it has become stray once more.
    if (!header_is_over_) stray_used_ += taken;
    return 0;
  }
  if (!stray_.empty()) {
    stray_ = std::string();
    stray_used_ = 0;
  }
  return header_ ? ConsumeHeader(content) : ConsumeBody(content);
}

void MessageSplitter::EndField() {
  piece_ = Piece();
  if (!header_ || header_is_over_) return;
  header_->EndField();
  OnHeader();
}

void MessageSplitter::Finish() {
  piece_ = Piece();
  while (piece_.kind == Kind::kNothing) {
    OnHeaderEnd();
    if (stray_used_ < stray_.size()) {
      Consume({});
    } else if (header_) {
      header_->Finish();
      OnHeader();
    } else if (!line_.empty() && !line_is_out_) {
      OnLine();
    } else {
      return;
    }
  }
}

size_t MessageSplitter::ConsumeHeader(absl::string_view content) {
  const size_t taken = header_->Consume(content);
  OnHeader();
  return taken;
}

// Reports what the header splitter found.
void MessageSplitter::OnHeader() {
  const absl::string_view text = header_->text();
  switch (header_->found()) {
    case Found::kNothing:
      return;
    case Found::kField:
      if (options_.has_parts) structure_.OnField(text);
      return Report(Kind::kField, text);
    case Found::kRest:
      return Report(Kind::kFieldRest, text);
    case Found::kEnd:
      header_is_over_ = true;
      is_in_body_ = true;
      if (text == "\r\n" || text == "\n") {
        return Report(Kind::kHeaderEnd, text);
      }
      stray_.assign(text.data(), text.size());
      stray_used_ = 0;
      return Report(Kind::kHeaderEnd, {});
  }
}

// Goes on behind a header whose end was reported.
void MessageSplitter::OnHeaderEnd() {
  if (!header_is_over_) return;
  header_is_over_ = false;
  header_.reset();
  body_bytes_ = 0;
  at_ = At::kLineStart;
  if (options_.has_parts && structure_.OnHeaderEnd()) {
    BeginHeader(HeaderKind::kNested);
  }
}

void MessageSplitter::BeginHeader(HeaderKind kind) {
  header_kind_ = kind;
  header_.emplace(options_.max_field_bytes, /*ends_at_dashes=*/true);
}

bool MessageSplitter::is_plain() const {
  return is_in_body_ && !header_ && stray_used_ >= stray_.size() &&
         (line_.empty() || line_is_out_) && !part_follows_ &&
         !structure_.is_in_multipart() && body_bytes_ >= options_.line_bytes;
}

bool MessageSplitter::WantsLines() const {
  return body_bytes_ < options_.line_bytes;
}

size_t MessageSplitter::ConsumeBody(absl::string_view content) {
  if (line_is_out_) {
    line_.clear();
    line_is_out_ = false;
  }
  if (content.empty()) return 0;
  if (at_ == At::kOther) return ConsumeOther(content);
  if (at_ == At::kLineStart && line_.empty() && !WantsLines() &&
      !(structure_.is_in_multipart() && MayBeDelimiter(content))) {
    return ConsumeOther(content);
  }
  return ConsumeLine(content);
}

// Holds a line, or as much of it as matters, until it is there.
size_t MessageSplitter::ConsumeLine(absl::string_view content) {
  const size_t most =
      at_ == At::kLine
          ? kMaxLineBytes
          : std::max(kMaxLineBytes, structure_.MaxDelimiterBytes());
  const size_t end = content.find('\n');
  const size_t bytes =
      end == absl::string_view::npos ? content.size() : end + 1;
  const size_t taken = std::min(bytes, most - line_.size());
  line_.append(content.data(), taken);
  if (EndsLine(line_) || line_.size() == most) OnLine();
  return taken;
}

void MessageSplitter::OnLine() {
  const bool wants_line = at_ == At::kLine || WantsLines();
  if (at_ == At::kLineStart) {
    part_follows_ = structure_.OnLine(line_) == Delimiter::kPart;
  }
  body_bytes_ += static_cast<int64_t>(line_.size());
  line_is_out_ = true;
  Report(wants_line ? Kind::kLine : Kind::kOther, line_);
  if (!EndsLine(line_)) {
    at_ = wants_line ? At::kLine : At::kOther;
  } else if (part_follows_) {
    part_follows_ = false;
    BeginHeader(HeaderKind::kPart);
  } else {
    at_ = At::kLineStart;
  }
}

// Gives out what need not be looked at, up to the next line that may be a
// delimiter.
size_t MessageSplitter::ConsumeOther(absl::string_view content) {
  absl::string_view text = content;
  if (part_follows_ || WantsLines()) {
    text = text.substr(0, text.find('\n') + 1);
  } else if (structure_.is_in_multipart()) {
    text = text.substr(0, text.find("\n-") + 1);
  }
  if (text.empty()) text = content;  // Not found: npos + 1 is 0.
  body_bytes_ += static_cast<int64_t>(text.size());
  at_ = EndsLine(text) ? At::kLineStart : At::kOther;
  if (EndsLine(text) && part_follows_) {
    part_follows_ = false;
    BeginHeader(HeaderKind::kPart);
  }
  Report(Kind::kOther, text);
  return text.size();
}

void MessageSplitter::Report(Piece::Kind kind, absl::string_view text) {
  piece_ = {.kind = kind, .header_kind = header_kind_, .text = text};
}

}  // namespace postern::mta::content
