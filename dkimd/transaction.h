// One message on its way through dkimd: it streams by, and at its end there are
// signatures, or results.
//
// The header decides (decision.h); from then on the body is hashed as it comes
// and not kept. What is found at the end becomes an action as configured
// (finding.h); in mode monitor it is counted and logged alone. Forged results
// in our name go whatever is done with a message (sanitizer.h).
//
// Errors:  none: what cannot be found out is a finding.
// Threads: as milter::Transaction.

#ifndef POSTERN_DKIMD_TRANSACTION_H_
#define POSTERN_DKIMD_TRANSACTION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dkimd/arc_keeper.h"
#include "dkimd/authors.h"
#include "dkimd/decision.h"
#include "dkimd/finding.h"
#include "dkimd/sanitizer.h"
#include "dkimd/settings.h"
#include "dkimd/tools.h"
#include "lib/dkim/message.h"
#include "lib/dkim/signer.h"
#include "lib/dkim/verifier.h"
#include "lib/milter/filter.h"

namespace postern::dkimd {

class Transaction final : public milter::Transaction {
 public:
  // `tools` and `envelope` must outlive it.
  Transaction(const milter::Envelope& envelope, Origin origin,
              std::shared_ptr<const Settings> settings, Tools& tools);

  void OnHeader(absl::string_view name, absl::string_view value) override;
  void OnEndOfHeader() override;
  void OnBody(absl::string_view chunk) override;
  bool WantsBody() const override { return message_.wants_body(); }
  net::Task<absl::StatusOr<milter::Changes>> Finish(
      net::Deadline deadline) override;

 private:
  Question Ask();
  bool HasUnsignedRecipient() const;
  void NoteStranger() const;

  net::Task<Finding> Sign(milter::Changes& changes);
  // The keys that can be had, for the signatures to be made.
  net::Task<std::vector<dkim::SigningIdentity>> FindKeys();
  Finding AddSignatures(std::vector<dkim::SigningIdentity> identities,
                        milter::Changes& changes);
  void RemoveOldSignatures(milter::Changes& changes) const;

  net::Task<Finding> Verify(net::Deadline deadline, milter::Changes& changes);
  // Whether all good signatures were seen too often.
  net::Task<bool> IsReplayed(const std::vector<dkim::SignatureResult>& results,
                             net::Deadline deadline);
  // Adds what was found out, and a seal of it.
  net::Task<> AddResults(const std::vector<dkim::SignatureResult>& results,
                         milter::Changes& changes);

  // Does what is to be done for a finding, and returns what it is.
  Action Settle(Finding finding, milter::Changes& changes);
  void Log(Finding finding, Action action) const;

  const milter::Envelope& envelope_;
  const Origin origin_;
  const std::shared_ptr<const Settings> settings_;
  Tools& tools_;
  const std::string authserv_id_;
  dkim::Message message_;
  Authors authors_;
  Sanitizer sanitizer_;
  mail::Address author_;
  Decision decision_;
  std::vector<Identity> identities_;
  std::optional<dkim::Verifier> verifier_;
  std::optional<ArcKeeper> arc_;
  std::string summary_;  // For the log.
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_TRANSACTION_H_
