#include "lib/table/table.h"

#include <cassert>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/table/alias_snapshot.h"
#include "lib/table/cidr_snapshot.h"
#include "lib/table/compound_table.h"
#include "lib/table/entry_snapshot.h"
#include "lib/table/file_table.h"
#include "lib/table/passwd_table.h"
#include "lib/table/pcre_snapshot.h"
#include "lib/table/redis_table.h"
#include "lib/table/regexp_snapshot.h"
#include "lib/table/spec.h"

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
  std::vector<Result> Results() const override { return {{0, value_}}; }

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
  std::vector<Result> Results() const override { return content_->Results(); }

 private:
  const std::unique_ptr<const Snapshot> content_;
};

// Cannot be asked.
class FailTable final : public Table {
 public:
  explicit FailTable(absl::string_view text) : text_(text) {}

  std::optional<std::string> Lookup(absl::string_view) const override {
    assert(is_local());
    return std::nullopt;
  }
  bool is_local() const override { return false; }
  absl::StatusOr<bool> Refresh() override { return false; }

 private:
  net::Task<absl::StatusOr<std::optional<std::string>>> Ask(
      std::string) const override {
    co_return absl::UnavailableError(absl::StrCat("fail:", text_));
  }

  const std::string text_;
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
    {"hash", ParseHash},     {"texthash", ParseHash}, {"cidr", ParseCidr},
    {"regexp", ParseRegexp}, {"pcre", ParsePcre},     {"aliases", ParseAliases},
};

constexpr int kMaxDepth = 16;

absl::StatusOr<std::unique_ptr<Table>> OpenAt(int depth, absl::string_view text,
                                              const Environment& environment);

template <typename Compound>
absl::StatusOr<std::unique_ptr<Table>> OpenCompound(
    int depth, const Spec& spec, const Environment& environment) {
  if (depth == kMaxDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("tables more than ", kMaxDepth, " deep"));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> nested, NestedSpecs(spec));
  std::vector<std::unique_ptr<Table>> tables;
  for (const std::string& text : nested) {
    ASSIGN_OR_RETURN(std::unique_ptr<Table> table,
                     OpenAt(depth + 1, text, environment));
    tables.push_back(std::move(table));
  }
  return std::make_unique<Compound>(std::move(tables));
}

absl::StatusOr<std::unique_ptr<Table>> OpenRedis(
    const Spec& spec, const Environment& environment) {
  if (environment.redis == nullptr && environment.only_checks) {
    return std::make_unique<FailTable>(spec.text);
  }
  if (environment.redis == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(spec.text), ": no redis is configured"));
  }
  return RedisTable::Open(spec.rest, *environment.redis, environment.timeout);
}

absl::StatusOr<std::unique_ptr<Table>> OpenAt(int depth, absl::string_view text,
                                              const Environment& environment) {
  ASSIGN_OR_RETURN(const Spec spec, ParseSpec(text));
  for (const FileKind& kind : kFileKinds) {
    if (spec.kind != kind.name || spec.rest.empty()) continue;
    return FileTable::Open(std::string(spec.rest), kind.parser);
  }
  if (spec.kind == "static") {
    return std::make_unique<StaticTable>(StaticValue(spec.rest));
  }
  if (spec.kind == "unix") return PasswdTable::Create(spec.rest);
  // What Postfix reaches through proxymap(8) is reached like everything else.
  if (spec.kind == "proxy") return OpenAt(depth, spec.rest, environment);
  if (spec.kind == "fail") return std::make_unique<FailTable>(spec.rest);
  if (spec.kind == "inline") {
    ASSIGN_OR_RETURN(std::unique_ptr<const Snapshot> content,
                     ParseInline(spec.rest));
    return std::make_unique<InlineTable>(std::move(content));
  }
  if (spec.kind == "redis") return OpenRedis(spec, environment);
  if (spec.kind == "unionmap") {
    return OpenCompound<UnionTable>(depth, spec, environment);
  }
  if (spec.kind == "pipemap") {
    return OpenCompound<PipeTable>(depth, spec, environment);
  }
  return NotATable(text);
}

}  // namespace

net::Task<absl::StatusOr<std::optional<std::string>>> Table::Ask(
    std::string key) const {
  co_return Lookup(key);
}

absl::StatusOr<std::unique_ptr<Table>> Open(absl::string_view spec,
                                            const Environment& environment) {
  return OpenAt(0, spec, environment);
}

absl::StatusOr<std::unique_ptr<Table>> Open(absl::string_view spec) {
  const Environment environment;
  ASSIGN_OR_RETURN(std::unique_ptr<Table> table, Open(spec, environment));
  if (table->is_local()) return table;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(spec),
                   "\" cannot stand here, where nothing may be waited for"));
}

}  // namespace postern::table
