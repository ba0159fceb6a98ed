#include "mta/restrictions/rule_resources.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::restrictions {

absl::StatusOr<const table::Table*> RuleResources::OpenTable(
    const std::string& spec) {
  const auto found = tables_.find(spec);
  if (found != tables_.end()) return found->second.get();
  if (is_sealed_) {
    return absl::NotFoundError(
        absl::StrCat("table \"", Printable(spec),
                     "\" is not named in the configuration itself"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<table::Table> table,
                   table::Open(spec, environment_));
  const table::Table* const opened = table.get();
  tables_[spec] = std::move(table);
  return opened;
}

filters::PolicySource* RuleResources::FindPolicySource(
    const std::string& name) const {
  const auto found = sources_.find(name);
  return found == sources_.end() ? nullptr : found->second.get();
}

filters::PolicySource* RuleResources::KeepPolicySource(
    const std::string& name, std::unique_ptr<filters::PolicySource> source) {
  std::unique_ptr<filters::PolicySource>& kept = sources_[name];
  kept = std::move(source);
  return kept.get();
}

}  // namespace postern::mta::restrictions
