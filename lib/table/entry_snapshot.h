// Tables that list every key: hash, texthash and inline.
//
// Keys do not depend on the letters' case. A key that stands there twice with
// different values is an error; with the same value it is no harm.
//
// Source:  postmap(5): "key whitespace value"; a key with whitespace stands in
//          double quotes, in whole or in part, where a backslash takes the
//          next character as it is ("john smith"@example.org). Postfix's
//          inline: {key=value, {key = value with spaces}}.
// Errors:  InvalidArgument "<path>:<line>: <what>", "inline: <what>".
// Threads: immutable.

#ifndef POSTERN_LIB_TABLE_ENTRY_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_ENTRY_SNAPSHOT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/snapshot.h"

namespace postern::table {

class EntrySnapshot final : public Snapshot {
 public:
  // Adds an entry; tells whether the key is new or has this value already.
  bool Add(absl::string_view key, absl::string_view value);

  std::optional<std::string> Find(absl::string_view key) const override;
  std::vector<Result> Results() const override;

  size_t size() const { return entries_.size(); }
  // All of them; keys are in lower case.
  const absl::flat_hash_map<std::string, std::string>& entries() const {
    return entries_;
  }

 private:
  absl::flat_hash_map<std::string, std::string> entries_;
};

// Reads the content of a file in the syntax of postmap(5).
absl::StatusOr<std::unique_ptr<const Snapshot>> ParseHash(
    absl::string_view content, const std::string& path);

// Reads what follows "inline:".
absl::StatusOr<std::unique_ptr<const Snapshot>> ParseInline(
    absl::string_view text);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_ENTRY_SNAPSHOT_H_
