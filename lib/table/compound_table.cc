#include "lib/table/compound_table.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"

namespace postern::table {
namespace {

// Adds what one table has to what those before it had.
void Join(const std::optional<std::string>& value,
          std::optional<std::string>& all) {
  if (!value.has_value()) return;
  if (!all.has_value()) {
    all = value;
  } else {
    absl::StrAppend(&*all, ",", *value);
  }
}

}  // namespace

bool CompoundTable::is_local() const {
  return std::all_of(tables_.begin(), tables_.end(),
                     [](const auto& table) { return table->is_local(); });
}

absl::StatusOr<bool> CompoundTable::Refresh() {
  bool has_changed = false;
  absl::Status error;
  for (const std::unique_ptr<Table>& table : tables_) {
    const absl::StatusOr<bool> changed = table->Refresh();
    error.Update(changed.status());
    has_changed = has_changed || changed.value_or(false);
  }
  RETURN_IF_ERROR(error);
  return has_changed;
}

std::optional<std::string> UnionTable::Lookup(absl::string_view key) const {
  std::optional<std::string> all;
  for (const std::unique_ptr<Table>& table : tables_) {
    Join(table->Lookup(key), all);
  }
  return all;
}

net::Task<absl::StatusOr<std::optional<std::string>>> UnionTable::Ask(
    std::string key) const {
  std::optional<std::string> all;
  for (const std::unique_ptr<Table>& table : tables_) {
    CO_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                        co_await table->Find(key));
    Join(value, all);
  }
  co_return all;
}

std::optional<std::string> PipeTable::Lookup(absl::string_view key) const {
  std::optional<std::string> value(key);
  for (const std::unique_ptr<Table>& table : tables_) {
    value = table->Lookup(*value);
    if (!value.has_value()) break;
  }
  return value;
}

net::Task<absl::StatusOr<std::optional<std::string>>> PipeTable::Ask(
    std::string key) const {
  std::optional<std::string> value = std::move(key);
  for (const std::unique_ptr<Table>& table : tables_) {
    CO_ASSIGN_OR_RETURN(value, co_await table->Find(*value));
    if (!value.has_value()) break;
  }
  co_return value;
}

}  // namespace postern::table
