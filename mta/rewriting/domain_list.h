// A list of domains as the settings have it: mydestination, relay_domains and
// their like.
//
//   example.org          this domain
//   .example.org         what is below it
//   hash:/etc/…          the keys of a table, whatever their values
//   /etc/postern/…       the items in this file, one or more a line
//
//   ASSIGN_OR_RETURN(DomainList ours,
//                    DomainList::Open("mydestination",
//                    config.mydestination()));
//   const absl::StatusOr<bool> is_ours = co_await ours.Contains("example.org");
//
// Source:  postconf(5): mydestination. There is no "!pattern".
// Errors:  Open() returns InvalidArgument, or what the file or the table could
//          not be opened for; the text starts with the field. Contains() fails
//          when a table cannot be asked: then nobody knows.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_REWRITING_DOMAIN_LIST_H_
#define POSTERN_MTA_REWRITING_DOMAIN_LIST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "lib/net/task.h"
#include "lib/table/table.h"

namespace postern::mta::rewriting {

// Returns `domain` in the form that is compared: in lower case and without a
// dot at the end (RFC 1034 section 3.1).
std::string DomainKey(absl::string_view domain);

// Tells whether an item of a list names a table: "type:name".
bool IsTableName(absl::string_view item);

class DomainList {
 public:
  DomainList() = default;

  static absl::StatusOr<DomainList> Open(
      absl::string_view field,
      const google::protobuf::RepeatedPtrField<std::string>& items,
      const table::Environment& tables = table::Environment());

  // The list must outlive the task.
  net::Task<absl::StatusOr<bool>> Contains(std::string domain) const;

  // The domains that stand in the list by name, as DomainKey() has them.
  const absl::flat_hash_set<std::string>& names() const { return names_; }

 private:
  absl::Status Add(absl::string_view field, absl::string_view item,
                   const table::Environment& tables);
  absl::Status AddFile(absl::string_view field, const std::string& path,
                       const table::Environment& tables);

  absl::flat_hash_set<std::string> names_;
  std::vector<std::string> suffixes_;  // Each begins with a dot.
  std::vector<std::unique_ptr<table::Table>> tables_;
};

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_DOMAIN_LIST_H_
