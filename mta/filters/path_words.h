// The arguments of MAIL and RCPT as a filter is told of them.
//
// Source:  RFC 1870, 6152, 6531, 8689, 3461, 4954 for the parameters; Postfix's
//          MILTER_README for the macros {mail_addr} and its sisters.
// Threads: pure.

#ifndef POSTERN_MTA_FILTERS_PATH_WORDS_H_
#define POSTERN_MTA_FILTERS_PATH_WORDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/milter/macros.h"
#include "mta/smtp/mail_parameters.h"
#include "mta/smtp/reply.h"

namespace postern::mta::filters {

std::vector<std::string> WordsOf(const smtp::MailParameters& mail);
std::vector<std::string> WordsOf(const smtp::RcptParameters& rcpt);

// Of mail of our own: sets {<stage>_addr}, {<stage>_host} (its domain) and
// {<stage>_mailer}.
void SetAddressMacros(absl::string_view stage, absl::string_view address,
                      milter::Macros& macros);

// Sets the macros of RCPT for a recipient that we have refused: {rcpt_mailer}
// is "error", {rcpt_host} the enhanced status code, {rcpt_addr} the text,
// without the address in front of it.
void SetRejectionMacros(const smtp::Reply& reply, milter::Macros& macros);

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_PATH_WORDS_H_
