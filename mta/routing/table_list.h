// The tables of a setting, which are asked one after the other.
//
//   TableList tables;
//   RETURN_IF_ERROR(tables.Open("routing.transport_maps",
//                               config.routing().transport_maps(), environment,
//                               CheckTransport));
//   CO_ASSIGN_OR_RETURN(const std::optional<std::string> value,
//                       co_await tables.Find({"user@example.org",
//                       "@example.org"}));
//
// Tables of patterns are asked for the first key only, the address as it is.
//
// Errors:  Open() returns InvalidArgument, beginning with the field, also for a
//          value that does not pass the check, if it can be read beforehand.
//          Find() fails when a table cannot be asked.
// Threads: fill it first; then safe to share. Refresh() from any thread, it
//          blocks.

#ifndef POSTERN_MTA_ROUTING_TABLE_LIST_H_
#define POSTERN_MTA_ROUTING_TABLE_LIST_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "lib/net/task.h"
#include "lib/table/table.h"

namespace postern::mta::routing {

class TableList {
 public:
  using Check = std::function<absl::Status(absl::string_view value)>;

  absl::Status Open(
      absl::string_view field,
      const google::protobuf::RepeatedPtrField<std::string>& specs,
      const table::Environment& environment, const Check& check);

  // Returns the value of the first key that any table has.
  net::Task<absl::StatusOr<std::optional<std::string>>> Find(
      std::vector<std::string> keys) const;

  // Reads the files of tables that have changed. The first error is returned;
  // what cannot be read stays as it was.
  absl::Status Refresh();

  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::unique_ptr<table::Table> table;
    bool is_pattern;
  };
  std::vector<Entry> entries_;
};

// The keys of a sender: the address, and all of its domain. The null sender has
// `null_key`.
std::vector<std::string> SenderKeys(absl::string_view sender,
                                    absl::string_view null_key);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_TABLE_LIST_H_
