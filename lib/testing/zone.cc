#include "lib/testing/zone.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace postern::testing {
namespace {

constexpr absl::string_view kSecureMark = "secure";

// One line on its way: takes words and quoted strings from the front.
class LineParser {
 public:
  explicit LineParser(absl::string_view line) : left_(line) { SkipSpace(); }

  bool is_at_end() const { return left_.empty() || left_.front() == ';'; }
  // What stands behind ';'.
  absl::string_view Comment() const {
    return absl::StripAsciiWhitespace(absl::StripPrefix(left_, ";"));
  }
  bool failed() const { return failed_; }

  std::string Word() {
    std::string word = left_.front() == '"' ? Quoted() : Plain();
    SkipSpace();
    return word;
  }

 private:
  void SkipSpace() { left_ = absl::StripLeadingAsciiWhitespace(left_); }

  std::string Plain() {
    const size_t end = left_.find_first_of(" \t;");
    std::string word(left_.substr(0, end));
    left_.remove_prefix(word.size());
    return word;
  }

  std::string Quoted() {
    std::string text;
    left_.remove_prefix(1);
    while (!left_.empty() && left_.front() != '"') {
      text += left_.front() == '\\' ? Escaped() : Take();
    }
    if (left_.empty()) {
      failed_ = true;
      return text;
    }
    left_.remove_prefix(1);
    return text;
  }

  char Take() {
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  // \DDD is a byte by its decimal number, \x any other character itself.
  char Escaped() {
    left_.remove_prefix(1);
    if (left_.empty()) return '\\';
    if (!absl::ascii_isdigit(left_.front())) return Take();
    int number = 0;
    for (int i = 0; i < 3; ++i) {
      if (left_.empty() || !absl::ascii_isdigit(left_.front())) failed_ = true;
      if (failed_) return '\\';
      number = number * 10 + (Take() - '0');
    }
    if (number > 255) failed_ = true;
    return static_cast<char>(number);
  }

  absl::string_view left_;
  bool failed_ = false;
};

}  // namespace

absl::StatusOr<std::vector<ZoneRecord>> ParseZone(absl::string_view text) {
  std::vector<ZoneRecord> zone;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    LineParser parser(line);
    std::vector<std::string> words;
    while (!parser.is_at_end() && !parser.failed()) {
      words.push_back(parser.Word());
    }
    if (parser.failed() || words.size() < 2) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line_number, ": not NAME TYPE DATA: ", line));
    }
    ZoneRecord record;
    record.name = absl::AsciiStrToLower(
        absl::StripSuffix(absl::string_view(words[0]), "."));
    record.type = absl::AsciiStrToUpper(words[1]);
    record.data.assign(words.begin() + 2, words.end());
    record.secure = parser.Comment() == kSecureMark;
    zone.push_back(std::move(record));
  }
  return zone;
}

}  // namespace postern::testing
