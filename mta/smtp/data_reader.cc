#include "mta/smtp/data_reader.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "mta/smtp/plain_lines.h"

namespace postern::mta::smtp {
namespace {

// "Received:" or "Received :" is told by so many bytes.
constexpr size_t kBeginningBytes = 9;

bool IsReceived(absl::string_view line) {
  return line.size() == kBeginningBytes &&
         absl::StartsWithIgnoreCase(line, "received") &&
         (line.back() == ':' || line.back() == ' ' || line.back() == '\t');
}

}  // namespace

size_t DataReader::Consume(absl::string_view wire, std::string& content) {
  size_t taken = 0;
  while (taken < wire.size() && state_ != State::kDone) {
    if (state_ == State::kLineStart && !in_header_) {
      taken += ConsumePlainLines(wire.substr(taken), content);
      if (taken == wire.size()) break;
    }
    taken += ConsumeLine(wire.substr(taken), content);
  }
  wire_bytes_ += static_cast<int64_t>(taken);
  return taken;
}

// Takes the lines of the body that no rule concerns, all at once.
size_t DataReader::ConsumePlainLines(absl::string_view wire,
                                     std::string& content) {
  const absl::string_view lines =
      wire.substr(0, PlainLineBytes(wire, limits_.max_line_bytes));
  if (FindOrEnd(lines, '\0') != lines.size()) Report(Problem::kNul);
  Put(lines, content);
  EndLine();
  return lines.size();
}

// Does at least one step of the line grammar; returns the bytes it took.
size_t DataReader::ConsumeLine(absl::string_view wire, std::string& content) {
  const char c = wire[0];
  switch (state_) {
    case State::kLineStart:
      if (c == '.' &&
          framing_ ==
              Framing::kDot) {  // RFC 5321 section 4.5.2: stuffed, or the end.
        state_ = State::kDot;
        return 1;
      }
      return ConsumeText(wire, content);
    case State::kDot:
      if (c == '\r') {
        state_ = State::kDotCr;
        return 1;
      }
      return ConsumeText(wire, content);
    case State::kDotCr:
      if (c == '\n') {
        state_ = State::kDone;
        return 1;
      }
      Report(Problem::kBareNewline);
      state_ = State::kInLine;
      return 0;
    case State::kCr:
      if (c == '\n') {
        Put(wire.substr(0, 1), content);
        EndLine();
        return 1;
      }
      Report(Problem::kBareNewline);
      return ConsumeText(wire, content);
    case State::kInLine:
      return ConsumeText(wire, content);
    case State::kDone:
      break;
  }
  return 0;
}

// Takes text up to and with the next CR LF, or all there is.
size_t DataReader::ConsumeText(absl::string_view wire, std::string& content) {
  state_ = State::kInLine;
  const size_t cr = FindOrEnd(wire, '\r');
  const absl::string_view text = wire.substr(0, cr);
  if (FindOrEnd(text, '\n') != text.size()) Report(Problem::kBareNewline);
  if (FindOrEnd(text, '\0') != text.size()) Report(Problem::kNul);
  if (line_bytes_ + static_cast<int64_t>(text.size()) >
      limits_.max_line_bytes) {
    Report(Problem::kLineTooLong);
  }
  if (cr == wire.size()) {
    Put(text, content);
    return cr;
  }
  if (cr + 1 < wire.size() && wire[cr + 1] == '\n') {
    Put(wire.substr(0, cr + 2), content);
    EndLine();
    return cr + 2;
  }
  Put(wire.substr(0, cr + 1), content);
  state_ = State::kCr;
  return cr + 1;
}

void DataReader::Finish() {
  if (state_ == State::kCr) Report(Problem::kBareNewline);
  state_ = State::kDone;
}

void DataReader::Put(absl::string_view text, std::string& content) {
  const int64_t bytes = static_cast<int64_t>(text.size());
  content_bytes_ += bytes;
  line_bytes_ += bytes;
  if (content_bytes_ > limits_.max_message_bytes) Report(Problem::kTooLarge);
  if (in_header_) {
    if (content_bytes_ > limits_.max_header_bytes) {
      Report(Problem::kHeaderTooLarge);
    }
    const size_t wanted = kBeginningBytes - line_beginning_.size();
    line_beginning_.append(text.data(), std::min(wanted, text.size()));
    has_colon_ = has_colon_ || FindOrEnd(text, ':') != text.size();
  }
  if (problem_ == Problem::kNone) content.append(text.data(), text.size());
}

void DataReader::EndLine() {
  if (in_header_) EndHeaderLine();
  state_ = State::kLineStart;
  line_bytes_ = 0;
}

void DataReader::EndHeaderLine() {
  const char first = line_beginning_[0];  // The line has a CR LF at least.
  const bool is_field = has_colon_ && first != ':';
  const bool is_continuation = first == ' ' || first == '\t';
  if (!is_field && !is_continuation) in_header_ = false;
  if (IsReceived(line_beginning_) && ++hops_ > limits_.max_hops) {
    Report(Problem::kTooManyHops);
  }
  line_beginning_.clear();
  has_colon_ = false;
}

void DataReader::Report(Problem problem) {
  problem_ = std::max(problem_, problem);
}

}  // namespace postern::mta::smtp
