// Verifies the ARC chain of one message.
//
//   ArcVerifier verifier(message, 1024, finder);      // header complete
//   …the body streams into `message`…
//   const ArcResult result = co_await verifier.Finish(deadline);
//
// A chain that passes says who handled the message, and what they saw of it. It
// does not say that they tell the truth: that is for whoever trusts them.
//
// Source:  RFC 8617 section 5.2. The signatures of hops before the last do not
//          decide: later ones may have changed what they signed. They are
//          verified, once the chain has passed, to say since when nothing was
//          changed (header.oldest-pass).
// Errors:  none: a key that cannot be looked up is a kFail with kDns, and may
//          pass later.
// Threads: one at a time. Message and finder must outlive it.
// Limits:  arc_chain.h; one look-up for each key. Of the hops before the last
//          one with l= counts as one that does not verify.

#ifndef POSTERN_LIB_DKIM_ARC_VERIFIER_H_
#define POSTERN_LIB_DKIM_ARC_VERIFIER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/dkim/arc_chain.h"
#include "lib/dkim/key_finder.h"
#include "lib/dkim/message.h"
#include "lib/dkim/result.h"
#include "lib/mail/auth_results.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::dkim {

struct ArcResult {
  // One who handled the message.
  struct Hop {
    std::string sealer;    // d= of the seal.
    std::string selector;  // s= of it.
    mail::AuthResults results;
  };

  Outcome outcome = Outcome::kNone;  // kNone, kPass or kFail.
  Obstacle obstacle = Obstacle::kNone;
  std::string explanation;  // "" unless it failed.
  std::vector<Hop> hops;    // From the first to the last; only for a pass.
  // The instance of the oldest signature that verifies still, with all behind
  // it; 0: all do. Only for a pass.
  int oldest_pass = 0;
  // For who seals next.
  int highest_instance = 0;
  bool is_marked_failed = false;  // The last seal says that it had failed.

  // As Authentication-Results reports it.
  mail::AuthResults::Result Reported() const;
};

class ArcVerifier {
 public:
  ArcVerifier(Message& message, int min_key_bits, KeyFinder& finder);
  ArcVerifier(const ArcVerifier&) = delete;
  ArcVerifier& operator=(const ArcVerifier&) = delete;

  // Says what became of the chain, after the last of the body. Once; ends by
  // the deadline or soon after.
  net::Task<ArcResult> Finish(net::Deadline deadline);

 private:
  // Verifies the signature of a set, by its place in the chain.
  SignatureResult CheckSignature(size_t set, const FoundKeys& keys) const;
  net::Task<int> OldestPass(net::Deadline deadline);
  // Digests of what each seal signs.
  std::vector<std::string> SealDigests() const;

  Message& message_;
  const int min_key_bits_;
  KeyFinder& finder_;
  const ArcChain chain_;
  std::vector<std::optional<size_t>> body_hashes_;  // By set.
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_ARC_VERIFIER_H_
