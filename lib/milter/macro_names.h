// The macros that Postfix and sendmail tell of their own accord, by stage: for
// an engine that must ask for each by name.
//
// Source:  Postfix 3.7 postconf(5), milter_connect_macros and its sisters;
//          sendmail's cf/README, confMILTER_MACROS_CONNECT and its sisters.
// Threads: pure.

#ifndef POSTERN_LIB_MILTER_MACRO_NAMES_H_
#define POSTERN_LIB_MILTER_MACRO_NAMES_H_

#include "absl/strings/string_view.h"
#include "lib/milter/filter.h"

namespace postern::milter {

// Separated by spaces: "j {daemon_name} {if_name}".
absl::string_view UsualMacros(Stage stage);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_MACRO_NAMES_H_
