// Says what a filter wants with libmilter's calls, at the end of a message.
//
// Threads: libmilter's, within its xxfi_eom callback.

#ifndef POSTERN_LIB_MILTER_LIBMILTER_OUTCOME_H_
#define POSTERN_LIB_MILTER_LIBMILTER_OUTCOME_H_

#include "lib/milter/changes.h"
#include "lib/milter/options.h"

struct smfi_str;

namespace postern::milter {

// Has libmilter send the change; false: it would not.
bool MakeWithLibmilter(smfi_str* context, const Change& change,
                       const Options& agreed);

// What the callback returns for `verdict`, whose words are set.
int LibmilterStatus(smfi_str* context, const Verdict& verdict);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_LIBMILTER_OUTCOME_H_
