// The tables and policy services that the rules of a configuration use: each
// is opened once, however often it is named.
//
// When the configuration has been read, the set is sealed: what a list in an
// access table or a policy service's answer names must have been named in the
// configuration, so that nobody makes us open files while mail comes in.
//
// Source:  access(5): "restriction..." as an action.
// Errors:  what table::Open() returns; NotFound once it is sealed.
// Threads: locks nothing: fill it on one thread, seal it, then share it.

#ifndef POSTERN_MTA_RESTRICTIONS_RULE_RESOURCES_H_
#define POSTERN_MTA_RESTRICTIONS_RULE_RESOURCES_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "lib/table/table.h"
#include "mta/filters/policy_source.h"

namespace postern::mta::restrictions {

class RuleResources {
 public:
  explicit RuleResources(table::Environment tables) : environment_(tables) {}

  absl::StatusOr<const table::Table*> OpenTable(const std::string& spec);

  // Returns what was kept under this name, or nullptr.
  filters::PolicySource* FindPolicySource(const std::string& name) const;
  filters::PolicySource* KeepPolicySource(
      const std::string& name, std::unique_ptr<filters::PolicySource> source);

  void Seal() { is_sealed_ = true; }
  bool is_sealed() const { return is_sealed_; }

 private:
  const table::Environment environment_;
  bool is_sealed_ = false;
  absl::flat_hash_map<std::string, std::unique_ptr<table::Table>> tables_;
  absl::flat_hash_map<std::string, std::unique_ptr<filters::PolicySource>>
      sources_;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_RULE_RESOURCES_H_
