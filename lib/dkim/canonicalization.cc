#include "lib/dkim/canonicalization.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace postern::dkim {
namespace {

constexpr absl::string_view kLineEnd = "\r\n";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Returns 0x80 in each byte of `word` that is `c`, 0 in the others.
uint64_t Equal(uint64_t word, char c) {
  constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
  const uint64_t different =
      word ^ (0x0101010101010101 * static_cast<unsigned char>(c));
  return ~(((different & kLow) + kLow) | different | kLow);
}

uint64_t Word(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// Tells whether the relaxed form of a line is the line itself: no tab, no two
// spaces side by side, none at the end. Eight bytes at a time.
bool IsPlain(absl::string_view line) {
  if (line.back() == ' ') return false;
  const char* at = line.data();
  const char* const end = at + line.size();
  for (; end - at > 8; at += 8) {
    const uint64_t word = Word(at);
    const uint64_t pairs = Equal(word, ' ') & Equal(Word(at + 1), ' ');
    if ((pairs | Equal(word, '\t')) != 0) return false;
  }
  for (; at < end; ++at) {
    if (*at == '\t' || (*at == ' ' && at[1] == ' ')) return false;
  }
  return true;
}

// Returns how many bytes of a word `text` begins with.
size_t WordBytes(absl::string_view text) {
  size_t size = 0;
  while (size < text.size() && !IsBlank(text[size]) && text[size] != '\r') {
    ++size;
  }
  return size;
}

// Returns where the line that `text` begins with ends, without its CR LF; npos
// if it does not end there.
size_t LineBytes(absl::string_view text) {
  size_t end = text.find('\n');
  while (end != absl::string_view::npos &&
         (end == 0 || text[end - 1] != '\r')) {
    end = text.find('\n', end + 1);
  }
  return end == absl::string_view::npos ? end : end - 1;
}

// With LF alone made CR LF.
void AppendSimpleValue(absl::string_view value, std::string& text) {
  size_t begin = 0;
  for (size_t lf = value.find('\n'); lf != absl::string_view::npos;
       lf = value.find('\n', lf + 1)) {
    if (lf > 0 && value[lf - 1] == '\r') continue;
    absl::StrAppend(&text, value.substr(begin, lf - begin), kLineEnd);
    begin = lf + 1;
  }
  absl::StrAppend(&text, value.substr(begin));
}

void AppendRelaxedValue(absl::string_view value, std::string& text) {
  const size_t first = text.size();
  bool has_space = false;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (IsBlank(c)) {
      has_space = true;
    } else if (c != '\n' &&
               (c != '\r' || i + 1 == value.size() || value[i + 1] != '\n')) {
      if (has_space && text.size() > first) text += ' ';
      has_space = false;
      text += c;
    }
  }
}

}  // namespace

absl::string_view CanonicalizationName(Canonicalization form) {
  return form == Canonicalization::kSimple ? "simple" : "relaxed";
}

std::optional<Canonicalization> CanonicalizationFromName(
    absl::string_view name) {
  if (name == "simple") return Canonicalization::kSimple;
  if (name == "relaxed") return Canonicalization::kRelaxed;
  return std::nullopt;
}

void AppendCanonicalField(Canonicalization form, const mail::HeaderField& field,
                          std::string& text) {
  if (form == Canonicalization::kSimple) {
    absl::StrAppend(&text, field.name, field.gap, ":");
    AppendSimpleValue(field.value, text);
    return;
  }
  for (const char c : field.name) text += absl::ascii_tolower(c);
  text += ':';
  AppendRelaxedValue(field.value, text);
}

void BodyCanonicalizer::Add(absl::string_view chunk, Sink sink) {
  if (chunk.empty()) return;
  if (form_ == Canonicalization::kSimple) {
    AddSimple(chunk, sink);
  } else {
    AddRelaxed(chunk, sink);
  }
}

void BodyCanonicalizer::AddSimple(absl::string_view chunk, Sink sink) {
  if (holds_cr_) {
    holds_cr_ = false;
    if (chunk.front() == '\n') {
      ++held_line_ends_;
      chunk.remove_prefix(1);
    } else {
      GiveLineEnds(sink);
      Buffer("\r", sink);
    }
  }
  if (!chunk.empty() && chunk.back() == '\r') {
    holds_cr_ = true;
    chunk.remove_suffix(1);
  }
  uint64_t line_ends = 0;
  while (chunk.size() >= 2 && chunk.back() == '\n' &&
         chunk[chunk.size() - 2] == '\r') {
    ++line_ends;
    chunk.remove_suffix(2);
  }
  if (!chunk.empty()) {
    GiveLineEnds(sink);
    Flush(sink);
    sink(chunk);
  }
  held_line_ends_ += line_ends;
}

void BodyCanonicalizer::AddRelaxed(absl::string_view chunk, Sink sink) {
  while (!chunk.empty()) {
    if (!holds_cr_ && !holds_space_) {
      chunk.remove_prefix(TakePlainLines(chunk, sink));
    }
    const size_t line = LineBytes(chunk);
    const size_t taken =
        line == absl::string_view::npos ? chunk.size() : line + 2;
    AddRelaxedBytes(chunk.substr(0, taken), sink);
    chunk.remove_prefix(taken);
  }
}

size_t BodyCanonicalizer::TakePlainLines(absl::string_view chunk, Sink sink) {
  size_t content_end = 0;  // Behind the last line that is not empty.
  size_t end = 0;
  uint64_t line_ends = 0;  // Behind that.
  while (true) {
    const absl::string_view rest = chunk.substr(end);
    const size_t line = LineBytes(rest);
    if (line == absl::string_view::npos) break;
    if (line > 0) {
      if (!IsPlain(rest.substr(0, line))) break;
      content_end = end + line;
      line_ends = 0;
    }
    ++line_ends;
    end += line + 2;
  }
  if (content_end > 0) {
    // Line ends before the first line that is not empty are part of the piece.
    GiveLineEnds(sink);
    Flush(sink);
    sink(chunk.substr(0, content_end));
    has_content_ = true;
  }
  held_line_ends_ += line_ends;
  return end;
}

void BodyCanonicalizer::AddRelaxedBytes(absl::string_view bytes, Sink sink) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    if (holds_cr_) {
      holds_cr_ = false;
      if (c == '\n') {
        holds_space_ = false;
        ++held_line_ends_;
        bytes.remove_prefix(1);
        continue;
      }
      Put("\r", sink);
    }
    const size_t word = WordBytes(bytes);
    if (word > 0) {
      Put(bytes.substr(0, word), sink);
    } else if (c == '\r') {
      holds_cr_ = true;
    } else {
      holds_space_ = true;
    }
    bytes.remove_prefix(std::max<size_t>(word, 1));
  }
}

void BodyCanonicalizer::Put(absl::string_view word, Sink sink) {
  if (held_line_ends_ > 0) GiveLineEnds(sink);
  if (holds_space_) Buffer(" ", sink);
  holds_space_ = false;
  has_content_ = true;
  Buffer(word, sink);
}

void BodyCanonicalizer::GiveLineEnds(Sink sink) {
  for (; held_line_ends_ > 0; --held_line_ends_) Buffer(kLineEnd, sink);
}

void BodyCanonicalizer::Buffer(absl::string_view bytes, Sink sink) {
  if (used_ + bytes.size() > buffer_.size()) Flush(sink);
  if (bytes.size() > buffer_.size()) return sink(bytes);
  std::memcpy(&buffer_[used_], bytes.data(), bytes.size());
  used_ += bytes.size();
}

void BodyCanonicalizer::Flush(Sink sink) {
  if (used_ > 0) sink(absl::string_view(buffer_.data(), used_));
  used_ = 0;
}

void BodyCanonicalizer::Finish(Sink sink) {
  if (holds_cr_ && form_ == Canonicalization::kSimple) {
    GiveLineEnds(sink);
    Buffer("\r", sink);
  } else if (holds_cr_) {
    Put("\r", sink);
  }
  holds_cr_ = false;
  // All line ends at the end are one; a simple body has one even if it is
  // empty.
  if (form_ == Canonicalization::kSimple || has_content_) {
    Buffer(kLineEnd, sink);
  }
  Flush(sink);
}

}  // namespace postern::dkim
