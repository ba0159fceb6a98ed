// Many regular expressions, asked all at once whether one of them matches.
//
// Source:  RE2: matching takes time linear in the text, whatever the
//          expressions.
// Errors:  InvalidArgument with RE2's text.
// Threads: Matches() from any thread, once compiled.

#ifndef POSTERN_GREYLISTD_PATTERNS_H_
#define POSTERN_GREYLISTD_PATTERNS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern::greylistd {

class Patterns {
 public:
  Patterns();
  Patterns(Patterns&&) noexcept;
  Patterns& operator=(Patterns&&) noexcept;
  ~Patterns();

  absl::Status Add(absl::string_view expression);
  // Call once, after all Add().
  absl::Status Compile();

  // Whether any expression matches somewhere in `text`, in any case.
  bool Matches(absl::string_view text) const;

 private:
  class Set;
  std::unique_ptr<Set> set_;  // Null while there is no expression.
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_PATTERNS_H_
