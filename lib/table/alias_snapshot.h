// Table files in the format of aliases(5): "name: value, value".
//
// Source:  aliases(5): a name that is not plain stands in double quotes, where
//          a backslash takes the next character as it is. Names do not depend
//          on the letters' case. A name that stands there twice with different
//          values is an error.
// Errors:  InvalidArgument "<path>:<line>: <what>".
// Threads: pure.

#ifndef POSTERN_LIB_TABLE_ALIAS_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_ALIAS_SNAPSHOT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/snapshot.h"

namespace postern::table {

// Reads the content of a file.
absl::StatusOr<std::unique_ptr<const Snapshot>> ParseAliases(
    absl::string_view content, const std::string& path);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_ALIAS_SNAPSHOT_H_
