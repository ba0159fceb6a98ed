// A message as it lies in a mailbox: lines that end in LF, our own fields in
// front, and no Return-Path but ours.
//
//   LetterText text(LetterText::Form::kMbox);
//   std::string out = Prologue(letter);
//   for each piece: text.Append(piece, out), write out
//   text.Finish(out);
//
// Source:  RFC 5321 section 4.4: final delivery puts Return-Path in front and
//          removes what others put there; RFC 9228 (Delivered-To).
//          X-Original-To is Postfix's: the recipient before aliases. In the
//          mbox form a line that begins with "From ", or with that behind some
//          ">", gets one ">" more, so that it is not taken for the next message
//          (mboxrd).
// Threads: one at a time.
// Limits:  a few bytes are kept back; fields of any length pass.

#ifndef POSTERN_MTA_OUTBOUND_LETTER_H_
#define POSTERN_MTA_OUTBOUND_LETTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mta/queue/courier.h"

namespace postern::mta::outbound {

// One message for one mailbox.
struct Letter {
  absl::string_view sender;     // Without brackets; empty: the null sender.
  absl::string_view recipient;  // Becomes Delivered-To.
  absl::Time now;               // When it is delivered.
  const queue::Content* content = nullptr;
  // Becomes X-Original-To; empty: no such field.
  absl::string_view original_recipient = {};
};

// Returns Return-Path, X-Original-To and Delivered-To, with LF.
std::string Prologue(const Letter& letter);

// Returns the line in front of a message in an mbox: "From sender  date".
std::string FromLine(const Letter& letter, absl::TimeZone zone);

// Tells whether the message has been delivered to this recipient before: its
// first 256 KiB have a Delivered-To with the address. DataLoss and the like:
// the message cannot be read.
absl::StatusOr<bool> HasBeenHere(const Letter& letter);

class LetterText {
 public:
  enum class Form { kMaildir, kMbox };

  explicit LetterText(Form form) : form_(form) {}

  // Appends to `out` what is known to belong to the letter.
  void Append(absl::string_view piece, std::string& out);
  // The message has no more pieces.
  void Finish(std::string& out);

 private:
  enum class Line {
    kBegins,   // Not enough of it is known.
    kCopied,   // It goes into the letter.
    kDropped,  // It is part of a field that does not.
  };

  void AppendLf(absl::string_view text, std::string& out);
  // Looks at the beginning of a line, which is in `held_`.
  void Decide(std::string& out);
  void Copy(std::string& out);

  const Form form_;
  bool after_cr_ = false;
  bool in_header_ = true;
  bool in_dropped_field_ = false;
  Line line_ = Line::kBegins;
  std::string held_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_LETTER_H_
