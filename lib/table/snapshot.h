// The content of a table: keys and their values, as read once.
//
// Threads: immutable.

#ifndef POSTERN_LIB_TABLE_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_SNAPSHOT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::table {

// A value as it stands in a table: $1 and its like are not replaced.
struct Result {
  int line = 0;  // Of the file; 0: unknown.
  std::string text;
};

class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // Returns the value of `key`, or nullopt if there is none.
  virtual std::optional<std::string> Find(absl::string_view key) const = 0;

  // Returns all values, for those who check them beforehand; nothing where
  // they are not text.
  virtual std::vector<Result> Results() const { return {}; }
};

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_SNAPSHOT_H_
