#include "lib/table/table.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/table/cidr_snapshot.h"
#include "lib/table/entry_snapshot.h"
#include "lib/table/file_table.h"
#include "lib/table/regexp_snapshot.h"

namespace postern::table {
namespace {

// Every key has the same value.
class StaticTable final : public Table {
 public:
  explicit StaticTable(absl::string_view value) : value_(value) {}

  std::optional<std::string> Lookup(absl::string_view) const override {
    return value_;
  }
  absl::StatusOr<bool> Refresh() override { return false; }

 private:
  const std::string value_;
};

// The content stands in the specification itself.
class InlineTable final : public Table {
 public:
  explicit InlineTable(std::unique_ptr<const Snapshot> content)
      : content_(std::move(content)) {}

  std::optional<std::string> Lookup(absl::string_view key) const override {
    return content_->Find(key);
  }
  absl::StatusOr<bool> Refresh() override { return false; }

 private:
  const std::unique_ptr<const Snapshot> content_;
};

// "{value with spaces}" -> "value with spaces".
absl::string_view StaticValue(absl::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return text;
  return absl::StripAsciiWhitespace(text.substr(1, text.size() - 2));
}

struct FileKind {
  absl::string_view name;
  FileTable::Parser parser;
};

constexpr FileKind kFileKinds[] = {
    {"hash", ParseHash},
    {"texthash", ParseHash},
    {"cidr", ParseCidr},
    {"regexp", ParseRegexp},
};

}  // namespace

net::Task<absl::StatusOr<std::optional<std::string>>> Table::Ask(
    std::string key) const {
  co_return Lookup(key);
}

absl::StatusOr<std::unique_ptr<Table>> Open(absl::string_view spec) {
  const size_t colon = spec.find(':');
  const absl::string_view kind = spec.substr(0, colon);
  const absl::string_view rest =
      colon == spec.npos ? absl::string_view() : spec.substr(colon + 1);
  for (const FileKind& file_kind : kFileKinds) {
    if (kind != file_kind.name || rest.empty()) continue;
    return FileTable::Open(std::string(rest), file_kind.parser);
  }
  if (kind == "static" && colon != spec.npos) {
    return std::make_unique<StaticTable>(StaticValue(rest));
  }
  if (kind == "inline" && colon != spec.npos) {
    ASSIGN_OR_RETURN(std::unique_ptr<const Snapshot> content,
                     ParseInline(rest));
    return std::make_unique<InlineTable>(std::move(content));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(spec),
      "\" is not a table: hash:/path, texthash:/path, cidr:/path, "
      "regexp:/path, static:value or inline:{key=value} is wanted"));
}

}  // namespace postern::table
