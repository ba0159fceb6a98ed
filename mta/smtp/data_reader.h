// Finds the end of a message in what follows DATA, and undoes dot-stuffing; or
// checks what BDAT brings, where the end is told and a dot is a dot (MTA-07).
//
// Only CR LF . CR LF ends the data, wherever the reads were cut; nothing else
// ever ends a line. What comes out is what the client meant, byte for byte.
// When the message breaks a rule, the reader remembers which and goes on to the
// true end, without content, so that the session stays in step with the client
// (security catalogue MTA-01 … MTA-05).
//
//   DataReader reader(limits, DataReader::Framing::kDot);
//   while (!reader.is_done()) {
//     ... read bytes from the network ...
//     used = reader.Consume(bytes, content);   // appends to `content`
//   }
//   if (reader.problem() != DataReader::Problem::kNone) refuse;
//
// Source:  RFC 5321 sections 2.3.8, 4.1.1.4, 4.5.2, 6.3 (Received as loop
//          detection); RFC 3030 section 2: BDAT without BODY=BINARYMIME brings
//          lines, under the same rules as DATA.
// Threads: one at a time. One object a message.
// Limits:  those of DataLimits; memory is constant.

#ifndef POSTERN_MTA_SMTP_DATA_READER_H_
#define POSTERN_MTA_SMTP_DATA_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::mta::smtp {

struct DataLimits {
  int64_t max_message_bytes = 50 << 20;
  int64_t max_line_bytes = 64 << 10;     // Without the CR LF.
  int64_t max_header_bytes = 100 << 10;  // The whole header section.
  int max_hops = 50;                     // Received fields; one more is a loop.
};

class DataReader {
 public:
  // From harmless to dangerous: of several the last counts, so that the result
  // does not depend on where the reads were cut.
  enum class Problem {
    kNone,
    kTooManyHops,
    kHeaderTooLarge,
    kTooLarge,
    kLineTooLong,
    kNul,
    kBareNewline,  // A CR or LF that is not part of a CR LF.
  };
  static constexpr int kProblemCount = 7;

  enum class Framing {
    kDot,    // DATA.
    kCount,  // BDAT: Finish() says where the end is.
  };

  DataReader(const DataLimits& limits, Framing framing)
      : limits_(limits), framing_(framing) {}

  // Takes bytes from the front of `wire`, appends their content to `content`
  // and returns how many it took: all, unless the end of data was among them.
  size_t Consume(absl::string_view wire, std::string& content);

  // All chunks of BDAT have been taken.
  void Finish();

  // The end of data has been seen.
  bool is_done() const { return state_ == State::kDone; }

  // The worst rule that was broken. Content stops where one is noticed.
  Problem problem() const { return problem_; }

  // Bytes of content so far, also when they are not wanted any more.
  int64_t content_bytes() const { return content_bytes_; }
  // Bytes taken from the wire.
  int64_t wire_bytes() const { return wire_bytes_; }
  // Received fields in the header section.
  int hops() const { return hops_; }

 private:
  enum class State {
    kLineStart,  // After a CR LF, or at the beginning.
    kInLine,
    kCr,     // In a line, after a CR, which has been put out.
    kDot,    // After the dot at the start of a line, which was not.
    kDotCr,  // After the CR behind it, which was not either.
    kDone,
  };

  size_t ConsumePlainLines(absl::string_view wire, std::string& content);
  size_t ConsumeLine(absl::string_view wire, std::string& content);
  size_t ConsumeText(absl::string_view wire, std::string& content);
  void Put(absl::string_view text, std::string& content);
  void EndLine();
  void EndHeaderLine();
  void Report(Problem problem);

  const DataLimits limits_;
  const Framing framing_;
  State state_ = State::kLineStart;
  Problem problem_ = Problem::kNone;
  int64_t content_bytes_ = 0;
  int64_t wire_bytes_ = 0;
  int64_t line_bytes_ = 0;  // Content of the current line so far, with its CR.
  bool in_header_ = true;
  bool has_colon_ = false;      // In the current header line.
  std::string line_beginning_;  // Its first bytes, as far as they matter.
  int hops_ = 0;
};

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_DATA_READER_H_
