#include "dkimd/arc_keeper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"

namespace postern::dkimd {

using dkim::ArcResult;
using dkim::Outcome;

ArcKeeper::ArcKeeper(dkim::Message& message, const Settings& settings,
                     Tools& tools)
    : message_(message),
      settings_(settings),
      tools_(tools),
      verifier_(message, settings.verifier.min_key_bits, tools.public_keys) {
  // Asked for here, so that it is hashed; the key is found at the end.
  if (settings_.arc_sealer) {
    message_.bodies().Want(dkim::Canonicalization::kRelaxed, std::nullopt);
  }
}

net::Task<> ArcKeeper::Verify(net::Deadline deadline) {
  result_ = co_await verifier_.Finish(deadline);
  tools_.meters.CountArc(result_.outcome);
}

bool ArcKeeper::SpeaksForDkim() const {
  if (settings_.trusted_sealers.empty() || result_.outcome != Outcome::kPass ||
      result_.hops.empty()) {
    return false;
  }
  for (const ArcResult::Hop& hop : result_.hops) {
    if (!settings_.trusted_sealers.Contains("", hop.sealer)) return false;
  }
  const auto& first = result_.hops.front().results.results;
  return std::any_of(first.begin(), first.end(),
                     [](const mail::AuthResults::Result& one) {
                       return one.method == "dkim" && one.result == "pass";
                     });
}

net::Task<absl::StatusOr<std::optional<dkim::ArcFields>>> ArcKeeper::MakeSeal(
    const mail::AuthResults& all) {
  const Identity& sealer = *settings_.arc_sealer;
  dkim::SigningIdentity identity;
  identity.domain = sealer.domain;
  identity.selector = sealer.selector;
  CO_ASSIGN_OR_RETURN(identity.key,
                      co_await tools_.private_keys.Find(sealer.key));
  dkim::ArcSealer made(message_, settings_.signer, std::move(identity),
                       tools_.clock);
  co_return made.Finish(result_, all);
}

net::Task<> ArcKeeper::Seal(const mail::AuthResults& all,
                            milter::Changes& changes) {
  if (!settings_.arc_sealer) co_return;
  const absl::StatusOr<std::optional<dkim::ArcFields>> fields =
      co_await MakeSeal(all);
  if (!fields.ok()) {
    tools_.meters.seal_failures.Increment();
    log::Warning("seal_failed", {{"domain", settings_.arc_sealer->domain},
                                 {"selector", settings_.arc_sealer->selector},
                                 {"error", fields.status()}});
    co_return;
  }
  if (!*fields) co_return;
  changes.InsertHeader(0, dkim::kArcResults, (*fields)->results);
  changes.InsertHeader(0, dkim::kArcSignature, (*fields)->signature);
  changes.InsertHeader(0, dkim::kArcSeal, (*fields)->seal);
  tools_.meters.seals_made.Increment();
}

}  // namespace postern::dkimd
