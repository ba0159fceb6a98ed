// What stands behind the colon of an alias: addresses, and what else aliases(5)
// knows.
//
//   anna@example.org, bob     addresses
//   \bob                      bob: only in a .forward file, which is not read
//                             here, does it mean more
//   :include:/etc/list        the addresses in that file
//   /var/archive, "|command"  a file, a program
//
//   ASSIGN_OR_RETURN(const std::vector<AliasItem> items,
//   ParseAliasValue(text));
//
// Source:  aliases(5). An item with blanks or commas in it stands in double
//          quotes. As with Postfix, a blank divides addresses as a comma does.
// Errors:  InvalidArgument names the item that is none of these.
// Threads: pure.

#ifndef POSTERN_MTA_REWRITING_ALIAS_VALUE_H_
#define POSTERN_MTA_REWRITING_ALIAS_VALUE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"

namespace postern::mta::rewriting {

struct AliasItem {
  enum class Kind { kAddress, kInclude, kFile, kCommand };
  Kind kind = Kind::kAddress;
  mail::Address address;  // kAddress; may lack its domain.
  std::string text;       // The path or the command of the others.
};

absl::StatusOr<std::vector<AliasItem>> ParseAliasValue(absl::string_view value);

// Reads the content of an :include: file: values, one a line, and comments.
absl::StatusOr<std::vector<AliasItem>> ParseInclude(absl::string_view content);

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_ALIAS_VALUE_H_
