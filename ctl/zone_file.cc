#include "ctl/zone_file.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace postern::ctl {
namespace {

// Returns the end of the entry at the front of `text`: of its line, or of the
// line where its brackets are closed.
size_t EntryEnd(absl::string_view text) {
  bool is_quoted = false, is_comment = false;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      is_comment = false;
      if (depth <= 0 && !is_quoted) return i + 1;
    } else if (is_comment) {
      continue;
    } else if (c == '\\') {
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted) {
      is_comment = c == ';';
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
  }
  return text.size();
}

// Whether an entry is a TXT record of `name`. A time to live and a class may
// stand before the type.
bool IsTxtOf(absl::string_view entry, absl::string_view name) {
  const std::vector<absl::string_view> words = absl::StrSplit(
      entry.substr(0, entry.find_first_of("(\"\n;")), absl::ByAnyChar(" \t\r"));
  if (!absl::EqualsIgnoreCase(words.front(), absl::StrCat(name, "."))) {
    return false;
  }
  return std::any_of(words.begin() + 1, words.end(),
                     [](absl::string_view word) {
                       return absl::EqualsIgnoreCase(word, "TXT");
                     });
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

}  // namespace

std::string TxtRecordText(absl::string_view name,
                          const std::vector<std::string>& strings,
                          absl::string_view comment) {
  std::vector<std::string> quoted;
  for (const std::string& text : strings) quoted.push_back(Quoted(text));
  return absl::StrCat(name, "\tIN\tTXT\t( ", absl::StrJoin(quoted, "\n\t  "),
                      " )  ; ----- ", comment, "\n");
}

bool HasTxtRecord(absl::string_view text, absl::string_view name) {
  while (!text.empty()) {
    const size_t end = EntryEnd(text);
    if (IsTxtOf(text.substr(0, end), name)) return true;
    text.remove_prefix(end);
  }
  return false;
}

std::string WithTxtRecord(absl::string_view text, absl::string_view name,
                          absl::string_view record) {
  std::string changed;
  while (!text.empty()) {
    const absl::string_view entry = text.substr(0, EntryEnd(text));
    text.remove_prefix(entry.size());
    if (!IsTxtOf(entry, name)) {
      absl::StrAppend(&changed, entry);
    } else {
      absl::StrAppend(&changed, record);
      record = "";
    }
  }
  if (!record.empty() && !changed.empty() && changed.back() != '\n') {
    changed.push_back('\n');
  }
  return absl::StrCat(changed, record);
}

}  // namespace postern::ctl
