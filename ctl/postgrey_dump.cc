#include "ctl/postgrey_dump.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace postern::ctl {
namespace {

constexpr size_t kMaxLineBytes = 64 * 1024;

absl::Status NotADump(const char* why) {
  return absl::InvalidArgumentError(
      std::string("not the output of db5.3_dump -p: ") + why);
}

// Undoes the escapes of a line of data.
absl::StatusOr<std::string> Unescaped(absl::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      result += '\\';
      ++i;
    } else if (i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
               absl::ascii_isxdigit(text[i + 2])) {
      result += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      return NotADump("a wrong escape");
    }
  }
  return result;
}

}  // namespace

absl::StatusOr<std::optional<DumpedPair>> PostgreyDump::Take(
    absl::string_view line) {
  if (line.size() > kMaxLineBytes) return NotADump("a line is too long");
  if (state_ == State::kEnd) return NotADump("text behind DATA=END");
  if (state_ == State::kHeader) {
    if (!absl::StrContains(line, "=")) return NotADump("a wrong header");
    if (line == "format=print") is_printable_ = true;
    if (line == "HEADER=END") {
      if (!is_printable_) return NotADump("the format is not print");
      state_ = State::kKey;
    }
    return std::nullopt;
  }
  if (line == "DATA=END") {
    if (state_ == State::kValue) return NotADump("a key without a value");
    state_ = State::kEnd;
    return std::nullopt;
  }
  if (line.empty() || line[0] != ' ') return NotADump("a wrong line of data");
  absl::StatusOr<std::string> text = Unescaped(line.substr(1));
  if (!text.ok()) return text.status();
  if (state_ == State::kKey) {
    key_ = *std::move(text);
    state_ = State::kValue;
    return std::nullopt;
  }
  state_ = State::kKey;
  return DumpedPair{std::move(key_), *std::move(text)};
}

absl::Status PostgreyDump::Finish() const {
  return state_ == State::kEnd ? absl::OkStatus()
                               : NotADump("it ends before DATA=END");
}

std::optional<DumpedNumbers> ParseDumpedNumbers(absl::string_view value) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(value, absl::MaxSplits(',', 2));
  DumpedNumbers numbers;
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &numbers.first) ||
      !absl::SimpleAtoi(parts[1], &numbers.last) || numbers.first < 0 ||
      numbers.last < 0) {
    return std::nullopt;
  }
  return numbers;
}

}  // namespace postern::ctl
