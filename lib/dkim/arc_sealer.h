// Adds a set to the ARC chain of one message: what we found out about it,
// signed.
//
//   ArcSealer sealer(message, settings, identity, clock);   // header complete
//   …the body streams into `message`, its chain is verified…
//   ASSIGN_OR_RETURN(const std::optional<ArcFields> fields,
//                    sealer.Finish(chain, our_results));
//
// The fields go to the top of the header in the order in which ArcFields has
// them. Whatever changes the message has to be done with it before.
//
// Source:  RFC 8617 section 5.1. Tags are in alphabetical order; both forms are
//          relaxed. When a chain has failed here, the new seal says so and
//          covers its own set alone; one that had failed before is left as it
//          is.
// Errors:  as signer.h.
// Threads: one at a time. Message, settings and clock must outlive it.

#ifndef POSTERN_LIB_DKIM_ARC_SEALER_H_
#define POSTERN_LIB_DKIM_ARC_SEALER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/base/clock.h"
#include "lib/dkim/arc_verifier.h"
#include "lib/dkim/message.h"
#include "lib/dkim/signer.h"
#include "lib/mail/auth_results.h"

namespace postern::dkim {

// Values of fields: what stands behind the colon, folded with CR LF.
struct ArcFields {
  std::string seal;
  std::string signature;
  std::string results;
};

class ArcSealer {
 public:
  // Of `settings` the fields count; fields of ARC are never among them.
  ArcSealer(Message& message, const SignerSettings& settings,
            SigningIdentity identity, const Clock& clock);

  // Returns the new set; nullopt if the chain may not be longer: it had failed
  // before, or has 50 sets.
  absl::StatusOr<std::optional<ArcFields>> Finish(
      const ArcResult& chain, const mail::AuthResults& results);

 private:
  absl::StatusOr<std::string> SignMessage(int instance) const;
  absl::StatusOr<std::string> Seal(int instance, Outcome chain,
                                   const ArcFields& fields) const;
  std::string Algorithm() const;

  Message& message_;
  const SignerSettings& settings_;
  const SigningIdentity identity_;
  const Clock& clock_;
  size_t body_hash_;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_ARC_SEALER_H_
