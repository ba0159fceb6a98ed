// What an SMTP server says: a code, mostly an enhanced status code, and text.
//
// The same value is written by our server and read by our client. Text from
// anywhere may be put into it: it is made printable and cut to size when it is
// written and when it is read, so a reply can never smuggle a line.
//
//   const Reply reply{550, "5.1.1", "<a@example.org>: no such mailbox"};
//   stream.Write(reply.Format(), deadline);  // "550 5.1.1 <a@…\r\n"
//
//   ReplyParser parser;                      // the client's side
//   CO_ASSIGN_OR_RETURN(bool complete, parser.Add(line));
//   if (complete) Use(parser.Take());
//
// Source:  RFC 5321 section 4.2 (format, 512 octets a line), RFC 2034 and 3463
//          (enhanced status codes).
// Errors:  ReplyParser::Add() returns InvalidArgument for what is no reply:
//          close the connection.
// Threads: values.
// Limits:  a line of 512 octets written, 2048 read; 100 lines read (MTA-23);
//          4 KiB of text kept of a reply, the rest is dropped.

#ifndef POSTERN_MTA_SMTP_REPLY_H_
#define POSTERN_MTA_SMTP_REPLY_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::mta::smtp {

struct Reply {
  int code = 250;
  std::string status;  // "2.1.0"; empty: none.
  std::string text;    // Lines are separated by LF.

  // The first digit: 2 done, 3 go on, 4 not now, 5 no.
  int kind() const { return code / 100; }
  bool is_positive() const { return code < 400; }

  // Returns the reply as it is sent, with its last CR LF.
  std::string Format() const;
  // Appends the same to `wire`.
  void AppendTo(std::string& wire) const;

  // Returns the reply as one printable line for logs, the spool and bounces:
  // "550 5.1.1 no such mailbox; ask postmaster".
  std::string ToString() const;

  // Reads a code, maybe an enhanced status code, and text: "554 5.7.1 Go away",
  // "450 later". InvalidArgument if there is no code from 200 to 599 first.
  static absl::StatusOr<Reply> Parse(absl::string_view text);

  friend bool operator==(const Reply&, const Reply&) = default;
};

// Puts the lines of a server's reply together.
class ReplyParser {
 public:
  static constexpr size_t kMaxLineBytes = 2048;
  static constexpr int kMaxLines = 100;

  // Takes one line without its line end. Returns true when it was the last of
  // the reply.
  absl::StatusOr<bool> Add(absl::string_view line);

  // Returns the reply that is complete and makes room for the next.
  Reply Take();

 private:
  Reply reply_;
  int lines_ = 0;
};

// Returns `status` with the reply that ReplyFor() shall make of it.
absl::Status WithReply(absl::Status status, const Reply& reply);
// The same for a reply that is 4xx or 5xx; the code of the status follows it.
absl::Status ReplyError(const Reply& reply);

// Returns what to tell the client about an error (house style, section 3): the
// reply that WithReply() attached, or the one that the status code means. The
// text of an internal error is not for clients and is not shown.
Reply ReplyFor(const absl::Status& status);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_REPLY_H_
