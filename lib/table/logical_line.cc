#include "lib/table/logical_line.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern::table {

absl::StatusOr<std::vector<LogicalLine>> LogicalLines(absl::string_view content,
                                                      const std::string& path) {
  std::vector<LogicalLine> lines;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(content, '\n')) {
    ++number;
    if (line.find('\0') != line.npos) {
      return LineError(path, number, "a NUL character");
    }
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || text.front() == '#') continue;
    if (!absl::ascii_isspace(line.front())) {
      lines.push_back({number, std::string(text)});
    } else if (lines.empty()) {
      return LineError(path, number,
                       "whitespace at the beginning continues a line, and "
                       "there is none before");
    } else {
      absl::StrAppend(&lines.back().text,
                      absl::StripTrailingAsciiWhitespace(line));
    }
  }
  return lines;
}

absl::Status LineError(const std::string& path, int line,
                       absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ":", line, ": ", what));
}

}  // namespace postern::table
