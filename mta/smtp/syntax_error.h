// The refusals of a command that is not written as it should be.
//
// Threads: pure.

#ifndef POSTERN_MTA_SMTP_SYNTAX_ERROR_H_
#define POSTERN_MTA_SMTP_SYNTAX_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/printable.h"
#include "mta/smtp/reply.h"

namespace postern::mta::smtp {

// 501; `text` says how it goes.
inline absl::Status SyntaxError(absl::string_view text) {
  return ReplyError(
      {501, "5.5.4", absl::StrCat("Syntax: ", Printable(text, 200))});
}

// 555, for a parameter that we do not offer.
inline absl::Status UnknownParameter(absl::string_view name) {
  return ReplyError(
      {555, "5.5.4",
       absl::StrCat("Unsupported option: ", Printable(name, 80))});
}

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_SYNTAX_ERROR_H_
