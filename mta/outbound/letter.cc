#include "mta/outbound/letter.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"
#include "lib/mail/utf8.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kHeaderBytes = 256 << 10;
constexpr size_t kMaxAddressBytes = 1000;
constexpr absl::string_view kReturnPath = "return-path:";
constexpr absl::string_view kFrom = "From ";

// Returns the header, or as much of it as counts.
absl::StatusOr<std::string> HeaderOf(const queue::Content& content) {
  std::string header;
  for (int i = 0; i < content.pieces() && header.size() < kHeaderBytes; ++i) {
    const size_t from = header.size() < 4 ? 0 : header.size() - 3;
    ASSIGN_OR_RETURN(const std::string piece, content.Piece(i));
    header += piece;
    const size_t end = header.find("\r\n\r\n", from);
    if (end != std::string::npos) {
      header.resize(end + 2);
      break;
    }
  }
  return header;
}

enum class Fit { kNo, kMaybe, kYes };

// Compares the beginning of a line with the name of a field and its colon,
// which whitespace may precede (RFC 5322 section 4.5).
Fit FitsField(absl::string_view line, absl::string_view name_and_colon) {
  const absl::string_view name =
      name_and_colon.substr(0, name_and_colon.size() - 1);
  const size_t n = std::min(line.size(), name.size());
  if (!absl::EqualsIgnoreCase(line.substr(0, n), name.substr(0, n))) {
    return Fit::kNo;
  }
  if (line.size() <= name.size()) return Fit::kMaybe;
  const size_t colon = line.find_first_not_of(" \t", name.size());
  if (colon == line.npos) return Fit::kMaybe;
  return line[colon] == ':' ? Fit::kYes : Fit::kNo;
}

Fit FitsFrom(absl::string_view line) {
  const size_t begin = line.find_first_not_of('>');
  if (begin == line.npos) return line.empty() ? Fit::kMaybe : Fit::kNo;
  const absl::string_view rest = line.substr(begin);
  const size_t n = std::min(rest.size(), kFrom.size());
  if (rest.substr(0, n) != kFrom.substr(0, n)) return Fit::kNo;
  return n == kFrom.size() ? Fit::kYes : Fit::kMaybe;
}

}  // namespace

std::string Prologue(const Letter& letter) {
  std::string text =
      absl::StrCat("Return-Path: <",
                   mail::PrintableUtf8(letter.sender, kMaxAddressBytes), ">\n");
  if (!letter.original_recipient.empty()) {
    absl::StrAppend(
        &text, "X-Original-To: ",
        mail::PrintableUtf8(letter.original_recipient, kMaxAddressBytes), "\n");
  }
  absl::StrAppend(&text, "Delivered-To: ",
                  mail::PrintableUtf8(letter.recipient, kMaxAddressBytes),
                  "\n");
  return text;
}

std::string FromLine(const Letter& letter, absl::TimeZone zone) {
  // Readers take the first word for the sender.
  const std::string sender =
      letter.sender.empty()
          ? "MAILER-DAEMON"
          : absl::StrReplaceAll(
                mail::PrintableUtf8(letter.sender, kMaxAddressBytes),
                {{" ", "-"}});
  return absl::StrCat(
      "From ", sender, "  ",
      absl::FormatTime("%a %b %e %H:%M:%S %Y", letter.now, zone), "\n");
}

absl::StatusOr<bool> HasBeenHere(const Letter& letter) {
  ASSIGN_OR_RETURN(const std::string header, HeaderOf(*letter.content));
  for (absl::string_view line : absl::StrSplit(header, '\n')) {
    if (!absl::StartsWithIgnoreCase(line, "delivered-to:")) continue;
    line.remove_prefix(strlen("delivered-to:"));
    if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(line),
                               letter.recipient)) {
      return true;
    }
  }
  return false;
}

void LetterText::Append(absl::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (after_cr_ && piece[0] != '\n') AppendLf("\r", out);
    const size_t cr = piece.find('\r');
    AppendLf(piece.substr(0, cr), out);
    after_cr_ = cr != absl::string_view::npos;
    piece.remove_prefix(after_cr_ ? cr + 1 : piece.size());
  }
}

void LetterText::Finish(std::string& out) {
  if (after_cr_) AppendLf("\r", out);
  after_cr_ = false;
  if (line_ == Line::kBegins) Copy(out);
}

void LetterText::AppendLf(absl::string_view text, std::string& out) {
  while (!text.empty()) {
    if (line_ == Line::kBegins) {
      held_ += text[0];
      text.remove_prefix(1);
      Decide(out);
      continue;
    }
    const size_t end = text.find('\n');
    const size_t n = end == text.npos ? text.size() : end + 1;
    if (line_ == Line::kCopied) absl::StrAppend(&out, text.substr(0, n));
    text.remove_prefix(n);
    if (end != text.npos) line_ = Line::kBegins;
  }
}

void LetterText::Decide(std::string& out) {
  const bool is_whole = held_.back() == '\n';
  if (in_header_ && (held_[0] == ' ' || held_[0] == '\t')) {
    if (!in_dropped_field_) return Copy(out);
    held_.clear();
    line_ = Line::kDropped;
    return;
  }
  if (held_ == "\n") in_header_ = false;
  Fit fit = in_header_ ? FitsField(held_, kReturnPath) : Fit::kNo;
  in_dropped_field_ = fit == Fit::kYes;
  if (fit == Fit::kYes) {
    held_.clear();
    line_ = Line::kDropped;
    return;
  }
  if (fit == Fit::kNo && form_ == Form::kMbox) {
    fit = FitsFrom(held_);
    // A line of nothing but ">" so far: they may leave, one more of them can
    // stand anywhere among them.
    if (held_.find_first_not_of('>') == held_.npos) {
      out += held_;
      held_.clear();
      return;
    }
    if (fit == Fit::kYes) out += '>';
  }
  if (fit != Fit::kMaybe || is_whole) Copy(out);
}

void LetterText::Copy(std::string& out) {
  const bool is_whole = !held_.empty() && held_.back() == '\n';
  out += held_;
  held_.clear();
  line_ = is_whole ? Line::kBegins : Line::kCopied;
}

}  // namespace postern::mta::outbound
