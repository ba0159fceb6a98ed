// The ARC sets in the header of a message, and whether they make a chain.
//
//   const ArcChain chain = ArcChain::Read(message.header());
//   if (chain.sets.empty() && chain.fault.empty()) …there is none…
//
// Nothing is verified here (arc_verifier.h).
//
// Source:  RFC 8617 sections 4 and 5.2, steps 1 to 3.
// Threads: values; pure.
// Limits:  50 sets; more is a fault, and nothing of them is read (DK-20).

#ifndef POSTERN_LIB_DKIM_ARC_CHAIN_H_
#define POSTERN_LIB_DKIM_ARC_CHAIN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "lib/dkim/header_fields.h"
#include "lib/dkim/signature.h"
#include "lib/mail/auth_results.h"

namespace postern::dkim {

inline constexpr char kArcResults[] = "ARC-Authentication-Results";
inline constexpr char kArcSignature[] = "ARC-Message-Signature";
inline constexpr char kArcSeal[] = "ARC-Seal";

struct ArcSet {
  // Where its fields are in the header.
  size_t results_index = 0;
  size_t signature_index = 0;
  size_t seal_index = 0;

  mail::AuthResults results;  // Nothing, if they cannot be read.
  Signature signature;
  Signature seal;  // With what such a one has.
  std::string cv;  // Of the seal: "none", "pass" or "fail".
};

struct ArcChain {
  std::string fault;         // Why it is no chain; empty: it may be one.
  std::vector<ArcSet> sets;  // By instance, from 1; empty if there is a fault.
  int highest_instance = 0;  // Also if there is a fault, as far as it is known.
  bool is_marked_failed = false;  // The highest seal says cv=fail.

  static constexpr int kMaxInstances = 50;

  static ArcChain Read(const HeaderFields& header);
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_ARC_CHAIN_H_
