// What the results of a message's signatures come to.
//
// One good signature is enough, whoever made it; whether it is the author's is
// for DMARC to ask.
//
// Source:  RFC 6376 section 6.3; 3.6.1: a signature of a key in testing (t=y)
//          that is not good counts as none.
// Threads: pure.

#ifndef POSTERN_DKIMD_ASSESSMENT_H_
#define POSTERN_DKIMD_ASSESSMENT_H_

#include <string>
#include <vector>

#include "dkimd/finding.h"
#include "lib/dkim/result.h"

namespace postern::dkimd {

// Of one signature.
Finding FindingOf(const dkim::SignatureResult& result);

// Of all of a message.
Finding FindingOf(const std::vector<dkim::SignatureResult>& results);

// Returns the results in a few words, for the log: "pass falcot.com/mail, fail
// example.org/s1 (the body was changed)".
std::string Summary(const std::vector<dkim::SignatureResult>& results);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_ASSESSMENT_H_
