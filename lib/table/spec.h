// How a table is named in the configuration: "kind:rest", and for tables of
// tables "kind:{first, second}".
//
//   ASSIGN_OR_RETURN(const Spec spec, ParseSpec("pipemap:{hash:/a, hash:/b}"));
//   ASSIGN_OR_RETURN(const std::vector<std::string> nested,
//                    NestedSpecs(spec));   // "hash:/a", "hash:/b"
//
// Source:  Postfix, DATABASE_README "type:name", unionmap and pipemap in
//          postconf(1): commas or whitespace separate, braces hold together.
// Errors:  InvalidArgument, naming the specification.
// Threads: pure.

#ifndef POSTERN_LIB_TABLE_SPEC_H_
#define POSTERN_LIB_TABLE_SPEC_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::table {

struct Spec {
  absl::string_view text;  // All of it.
  absl::string_view kind;
  absl::string_view rest;  // What follows the colon.
};

// Splits at the first colon; the parts live as long as `text`.
absl::StatusOr<Spec> ParseSpec(absl::string_view text);

// Returns the specifications inside the braces; at least one.
absl::StatusOr<std::vector<std::string>> NestedSpecs(const Spec& spec);

// The error that says which tables there are.
absl::Status NotATable(absl::string_view text);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_SPEC_H_
