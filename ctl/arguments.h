// The arguments of a verb: options with their values, switches, and the rest.
//
//   ASSIGN_OR_RETURN(const Arguments arguments,
//                    Arguments::Parse(invocation.arguments,
//                                     {.options = {"--limit"},
//                                      .switches = {"--all"}, .at_most = 1}));
//
// Errors:  InvalidArgument with the word at fault.
// Threads: immutable.

#ifndef POSTERN_CTL_ARGUMENTS_H_
#define POSTERN_CTL_ARGUMENTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace postern::ctl {

struct Syntax {
  std::set<std::string> options;   // "--limit 5" or "--limit=5".
  std::set<std::string> switches;  // "--all".
  size_t at_least = 0;             // Words besides those.
  size_t at_most = 0;
};

class Arguments {
 public:
  static absl::StatusOr<Arguments> Parse(const std::vector<std::string>& words,
                                         const Syntax& syntax);

  bool Has(const std::string& name) const { return values_.count(name) > 0; }
  // Returns the option's value, or `otherwise` if it was not given.
  std::string Value(const std::string& name,
                    const std::string& otherwise = "") const;
  // The same as a number from 1 to `largest`.
  absl::StatusOr<uint32_t> Number(const std::string& name, uint32_t otherwise,
                                  uint32_t largest) const;
  // What is neither an option nor a switch.
  const std::vector<std::string>& rest() const { return rest_; }

 private:
  std::map<std::string, std::string> values_;
  std::vector<std::string> rest_;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_ARGUMENTS_H_
