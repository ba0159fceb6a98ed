// Tables of tables: unionmap and pipemap.
//
// Source:  postconf(1). unionmap: asks all and joins what they have with
//          commas. pipemap: asks the first for the key, the next for what the
//          first had, and so on; one that has nothing ends it.
// Errors:  Find(): the first of a nested table's; what the others have is not
//          used then. Refresh(): the first error, after all have tried.
// Threads: those of Table.

#ifndef POSTERN_LIB_TABLE_COMPOUND_TABLE_H_
#define POSTERN_LIB_TABLE_COMPOUND_TABLE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/table.h"

namespace postern::table {

class CompoundTable : public Table {
 public:
  explicit CompoundTable(std::vector<std::unique_ptr<Table>> tables)
      : tables_(std::move(tables)) {}

  bool is_local() const override;
  absl::StatusOr<bool> Refresh() override;

 protected:
  const std::vector<std::unique_ptr<Table>> tables_;
};

class UnionTable final : public CompoundTable {
 public:
  using CompoundTable::CompoundTable;
  std::optional<std::string> Lookup(absl::string_view key) const override;

 private:
  net::Task<absl::StatusOr<std::optional<std::string>>> Ask(
      std::string key) const override;
};

class PipeTable final : public CompoundTable {
 public:
  using CompoundTable::CompoundTable;
  std::optional<std::string> Lookup(absl::string_view key) const override;

 private:
  net::Task<absl::StatusOr<std::optional<std::string>>> Ask(
      std::string key) const override;
};

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_COMPOUND_TABLE_H_
