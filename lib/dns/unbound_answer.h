// Turns a result of libunbound into an Answer.
//
// Errors:  Unavailable: the servers failed, the answer is forged (DNSSEC), or
//          none of its records makes sense (MTA-31).
// Threads: pure.

#ifndef POSTERN_LIB_DNS_UNBOUND_ANSWER_H_
#define POSTERN_LIB_DNS_UNBOUND_ANSWER_H_

#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"

struct ub_result;

namespace postern::dns {

absl::StatusOr<Answer> ToAnswer(const ub_result& result, Type type);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_UNBOUND_ANSWER_H_
