// A set of addresses: recipients whose mail is not signed, domains that are
// left alone, the authors that a login may sign for.
//
//   user@example.org   that address
//   example.org        everybody there
//   .example.org       everybody in the domains below
//   *@example.org, *   patterns, in which '*' is any text
//
// Letters' case does not matter.
//
// Errors:  InvalidArgument, with the entry.
// Threads: immutable once built.

#ifndef POSTERN_DKIMD_ADDRESS_LIST_H_
#define POSTERN_DKIMD_ADDRESS_LIST_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::dkimd {

class AddressList {
 public:
  AddressList() = default;
  static absl::StatusOr<AddressList> Create(
      const std::vector<std::string>& entries);

  bool Contains(absl::string_view local_part, absl::string_view domain) const;
  // The same of an envelope's address; what has no domain is in no list but *.
  bool Contains(absl::string_view address) const;
  bool empty() const { return entries_.empty() && patterns_.empty(); }

 private:
  absl::flat_hash_set<std::string> entries_;
  std::vector<std::string> patterns_;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_ADDRESS_LIST_H_
