// Tables that are asked for addresses: virtual_alias_maps, canonical_maps,
// virtual_mailbox_maps and their like.
//
// One address is several questions, and the first answer counts:
//
//   user+ext@domain   the address as it is
//   user@domain       without its extension (recipient_delimiter)
//   user+ext, user    without the domain, if that is local or myorigin
//   @domain           whoever else is there
//
//   ASSIGN_OR_RETURN(AddressMap map,
//                    AddressMap::Open("canonical_maps", specs, delimiters));
//   CO_ASSIGN_OR_RETURN(std::optional<AddressMap::Match> match,
//                       co_await map.Find(address, is_local));
//
// Source:  virtual(5), canonical(5), TABLE SEARCH ORDER. Tables of patterns
//          (regexp, pcre) are asked only for the address as it is. Addresses
//          are quoted as in a path: "a b"@example.org; a key that is not quoted
//          there (a b@example.org) is found too.
// Errors:  Open(): the text starts with the field. Find() fails when a table
//          cannot be asked, and then nobody knows.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_REWRITING_ADDRESS_MAP_H_
#define POSTERN_MTA_REWRITING_ADDRESS_MAP_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "lib/mail/address.h"
#include "lib/net/task.h"
#include "lib/table/table.h"

namespace postern::mta::rewriting {

class AddressMap {
 public:
  struct Match {
    std::string value;
    // What was left out of the address to find it: "+ext".
    std::string extension;
  };

  AddressMap() = default;

  static absl::StatusOr<AddressMap> Open(
      absl::string_view field,
      const google::protobuf::RepeatedPtrField<std::string>& specs,
      std::string delimiters,
      const table::Environment& tables = table::Environment());

  bool empty() const { return entries_.empty(); }

  // `is_local`: the address may stand in the tables without its domain. The
  // map must outlive the task.
  net::Task<absl::StatusOr<std::optional<Match>>> Find(mail::Address address,
                                                       bool is_local) const;

 private:
  struct Entry {
    std::unique_ptr<table::Table> table;
    bool is_pattern;
  };

  std::vector<Entry> entries_;
  std::string delimiters_;
};

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_ADDRESS_MAP_H_
