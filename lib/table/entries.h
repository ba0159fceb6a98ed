// Tables that can be read as a whole: hash, texthash and inline.
//
// Who needs every entry at start, to check it, asks here; who looks keys up
// opens a Table (table.h).
//
// Errors:  those of table::Open(); InvalidArgument for the other kinds.
// Threads: blocks.

#ifndef POSTERN_LIB_TABLE_ENTRIES_H_
#define POSTERN_LIB_TABLE_ENTRIES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::table {

// Returns the entries of the table that `spec` names; keys are in lower case.
absl::StatusOr<std::map<std::string, std::string>> ReadEntries(
    absl::string_view spec);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_ENTRIES_H_
