// Writes texts as YAML.
//
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_YAML_SCALAR_H_
#define POSTERN_LIB_CONFIG_YAML_SCALAR_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern::config {

// Returns a YAML scalar that stands for `text`, which is UTF-8, in any block:
// plain where nobody can misread it, else in double quotes.
std::string YamlScalar(absl::string_view text);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_YAML_SCALAR_H_
