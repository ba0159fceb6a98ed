// How we may say who we are to a next hop.
//
// Threads: a value.

#ifndef POSTERN_MTA_OUTBOUND_SASL_RULES_H_
#define POSTERN_MTA_OUTBOUND_SASL_RULES_H_

#include "mta/sasl/mechanisms.h"

namespace postern::mta::outbound {

struct SaslRules {
  sasl::SecurityOptions clear;
  sasl::SecurityOptions encrypted;
  sasl::MechanismFilter filter;
  // Not even the name is said without TLS.
  bool only_encrypted = true;
  // What is refused for good waits.
  bool soft_bounce = true;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_SASL_RULES_H_
