// The content of a table: keys and their values, as read once.
//
// Threads: immutable.

#ifndef POSTERN_LIB_TABLE_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_SNAPSHOT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::table {

class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // Returns the value of `key`, or nullopt if there is none.
  virtual std::optional<std::string> Find(absl::string_view key) const = 0;
};

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_SNAPSHOT_H_
