#include "lib/table/alias_snapshot.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/table/entry_snapshot.h"
#include "lib/table/logical_line.h"

namespace postern::table {
namespace {

struct Name {
  std::string text;
  absl::string_view rest;  // Behind the colon.
};

// Takes the name and its colon off the beginning of a line.
std::optional<Name> NameOf(absl::string_view line) {
  Name name;
  bool is_quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      is_quoted = !is_quoted;
    } else if (line[i] == ':' && !is_quoted) {
      name.text = std::string(absl::StripAsciiWhitespace(name.text));
      name.rest = absl::StripAsciiWhitespace(line.substr(i + 1));
      if (name.text.empty()) return std::nullopt;
      return name;
    } else {
      if (line[i] == '\\' && is_quoted && ++i == line.size()) break;
      name.text += line[i];
    }
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> ParseAliases(
    absl::string_view content, const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<LogicalLine> lines,
                   LogicalLines(content, path));
  auto snapshot = std::make_unique<EntrySnapshot>();
  for (const LogicalLine& line : lines) {
    const std::optional<Name> name = NameOf(line.text);
    if (!name) {
      return LineError(path, line.number, "\"name: value, value\" is wanted");
    }
    if (name->rest.empty()) {
      return LineError(
          path, line.number,
          absl::StrCat("\"", Printable(name->text), "\" stands for nothing"));
    }
    if (!snapshot->Add(name->text, name->rest)) {
      return LineError(
          path, line.number,
          absl::StrCat("\"", Printable(name->text), "\" stood there before"));
    }
  }
  return snapshot;
}

}  // namespace postern::table
