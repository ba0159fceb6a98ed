// The shape that cidr and regexp tables share: rules in order, the first match
// wins; "!" turns a rule round; if/endif make blocks.
//
//   pattern result
//   !pattern result
//   if pattern
//   if !pattern
//   endif
//
// What a pattern is, the table's kind knows: this file only splits lines.
//
// Source:  cidr_table(5), regexp_table(5).
// Errors:  InvalidArgument "<path>:<line>: <what>".
// Threads: pure.
// Limits:  blocks 16 deep.

#ifndef POSTERN_LIB_TABLE_RULE_H_
#define POSTERN_LIB_TABLE_RULE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::table {

struct Rule {
  int line = 0;
  bool is_if = false;  // Begins a block; has no result.
  bool is_negated = false;
  std::string pattern;
  std::string result;
  size_t end = 0;  // Of a block: the index of the first rule behind it.
};

// Returns the number of bytes that the pattern at the beginning of a text
// takes; 0 if there is none.
using PatternBytes = size_t (*)(absl::string_view text);

// Returns the rules in the content of a file.
absl::StatusOr<std::vector<Rule>> ParseRules(absl::string_view content,
                                             const std::string& path,
                                             PatternBytes pattern_bytes);

// Returns the index of the rule that decides, or rules.size(). `matches(i)`
// tells whether the pattern of rule i matches, "!" aside.
template <typename Matches>
size_t FirstMatch(const std::vector<Rule>& rules, Matches matches) {
  size_t i = 0;
  while (i < rules.size()) {
    const bool holds = matches(i) != rules[i].is_negated;
    if (holds && !rules[i].is_if) return i;
    i = holds || !rules[i].is_if ? i + 1 : rules[i].end;
  }
  return i;
}

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_RULE_H_
