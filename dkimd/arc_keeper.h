// The ARC chain of one message: what became of it, whether it speaks for the
// message, and a seal of ours at its end.
//
//   ArcKeeper arc(message, settings, tools);          // header complete
//   …the body streams into `message`…
//   co_await arc.Verify(deadline);
//   if (arc.SpeaksForDkim()) …
//   co_await arc.Seal(all, changes);
//
// A chain speaks for a message whose signature broke on the way when it passes,
// all its sealers are trusted, and the first of them saw a good signature.
//
// Source:  RFC 8617; lib/dkim/arc_verifier.h, arc_sealer.h.
// Errors:  none: a seal that cannot be made is logged and counted.
// Threads: one at a time; message, settings and tools must outlive it.

#ifndef POSTERN_DKIMD_ARC_KEEPER_H_
#define POSTERN_DKIMD_ARC_KEEPER_H_

#include <optional>

#include "absl/status/statusor.h"
#include "dkimd/settings.h"
#include "dkimd/tools.h"
#include "lib/dkim/arc_sealer.h"
#include "lib/dkim/arc_verifier.h"
#include "lib/dkim/message.h"
#include "lib/mail/auth_results.h"
#include "lib/milter/changes.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::dkimd {

class ArcKeeper {
 public:
  ArcKeeper(dkim::Message& message, const Settings& settings, Tools& tools);

  // Whether the message has a chain; after Verify().
  bool has_chain() const { return result_.outcome != dkim::Outcome::kNone; }
  net::Task<> Verify(net::Deadline deadline);

  // What Authentication-Results says of it.
  mail::AuthResults::Result Reported() const { return result_.Reported(); }
  bool SpeaksForDkim() const;

  // Adds the fields of a seal over `all`, if there is one to be made.
  net::Task<> Seal(const mail::AuthResults& all, milter::Changes& changes);

 private:
  net::Task<absl::StatusOr<std::optional<dkim::ArcFields>>> MakeSeal(
      const mail::AuthResults& all);

  dkim::Message& message_;
  const Settings& settings_;
  Tools& tools_;
  dkim::ArcVerifier verifier_;
  dkim::ArcResult result_;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_ARC_KEEPER_H_
