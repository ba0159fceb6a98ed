// Results of signatures as Authentication-Results reports them.
//
//   mail::AuthResults all = {.authserv_id = id,
//                            .results = ReportedResults(results)};
//
// Source:  RFC 8601 section 2.7.1: header.d, header.i, header.s, header.a;
//          policy.dkim-rules (section 2.3) says what of our policy a signature
//          fell short of. RFC 6008: header.b, as much of it as tells the
//          signatures of the message apart, and at least 8 characters.
// Threads: pure.

#ifndef POSTERN_LIB_DKIM_REPORTED_RESULTS_H_
#define POSTERN_LIB_DKIM_REPORTED_RESULTS_H_

#include <vector>

#include "lib/dkim/result.h"
#include "lib/mail/auth_results.h"

namespace postern::dkim {

// Returns a result for each of `results`, in their order.
std::vector<mail::AuthResults::Result> ReportedResults(
    const std::vector<SignatureResult>& results, bool has_header_b = true);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_REPORTED_RESULTS_H_
