#include "mta/routing/table_list.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::routing {

absl::Status TableList::Open(
    absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& specs,
    const table::Environment& environment, const Check& check) {
  for (const std::string& spec : specs) {
    absl::StatusOr<std::unique_ptr<table::Table>> table =
        table::Open(spec, environment);
    if (!table.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": ", table.status().message()));
    }
    const bool is_pattern =
        absl::StartsWith(spec, "regexp:") || absl::StartsWith(spec, "pcre:");
    for (const table::Result& result : (*table)->Results()) {
      // $1 stands for what is only known later.
      if (is_pattern && absl::StrContains(result.text, "$")) continue;
      const absl::Status status = check(result.text);
      if (status.ok()) continue;
      const std::string line =
          result.line > 0 ? absl::StrCat(":", result.line) : "";
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": ", spec, line, ": ", status.message()));
    }
    entries_.push_back({*std::move(table), is_pattern});
  }
  return absl::OkStatus();
}

net::Task<absl::StatusOr<std::optional<std::string>>> TableList::Find(
    std::vector<std::string> keys) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    for (const Entry& entry : entries_) {
      if (entry.is_pattern && i > 0) continue;
      CO_ASSIGN_OR_RETURN(std::optional<std::string> value,
                          co_await entry.table->Find(keys[i]));
      if (value) co_return value;
    }
  }
  co_return std::nullopt;
}

absl::Status TableList::Refresh() {
  absl::Status first;
  for (const Entry& entry : entries_) {
    first.Update(entry.table->Refresh().status());
  }
  return first;
}

std::vector<std::string> SenderKeys(absl::string_view sender,
                                    absl::string_view null_key) {
  if (sender.empty()) return {std::string(null_key)};
  const size_t at = sender.rfind('@');
  if (at == absl::string_view::npos) return {std::string(sender)};
  const std::string domain = DomainOf(sender);
  return {absl::StrCat(sender.substr(0, at), "@", domain),
          absl::StrCat("@", domain)};
}

}  // namespace postern::mta::routing
