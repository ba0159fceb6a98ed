#include "mta/restrictions/listing.h"

namespace postern::mta::restrictions {
namespace {

Outcome Listing(const std::optional<rewriting::Unlisted>& unlisted,
                const Subject& subject, Reason reason) {
  if (!unlisted) return Outcome::Dunno();
  return Outcome::Refuse(
      Rejected(unlisted->code, unlisted->status, subject, unlisted->text),
      reason);
}

}  // namespace

Outcome SenderListing(const Facts& facts) {
  if (!facts.sender || facts.sender->is_null()) return Outcome::Dunno();
  return Listing(facts.sender_unlisted, SenderSubject(facts), Reason::kSender);
}

Outcome RecipientListing(const Facts& facts) {
  if (!facts.recipient) return Outcome::Dunno();
  return Listing(facts.recipient_unlisted, RecipientSubject(facts),
                 Reason::kUnknownRecipient);
}

}  // namespace postern::mta::restrictions
