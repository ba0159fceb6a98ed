// xtext: how the DSN parameters ENVID and ORCPT carry any text in an SMTP
// command.
//
//   DecodeXtext("QQ314159+2Bx")   // "QQ314159+x"
//
// Source:  RFC 3461 section 4: printable ASCII without "+" and "=", or "+" and
//          two upper-case hexadecimal digits. Lower-case digits are taken as
//          well: other relays take them. A coded NUL is refused (MTA-25).
// Threads: pure.

#ifndef POSTERN_LIB_MAIL_XTEXT_H_
#define POSTERN_LIB_MAIL_XTEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::mail {

// Returns what `xtext` stands for; nullopt if it is no xtext. The result may
// hold anything but a NUL: make it printable before you show it.
std::optional<std::string> DecodeXtext(absl::string_view xtext);

// Returns `text` as xtext.
std::string EncodeXtext(absl::string_view text);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_XTEXT_H_
