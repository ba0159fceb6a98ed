#include "mta/restrictions/listing.h"

namespace postern::mta::restrictions {
namespace {

Outcome Listing(AddressClass address_class, const Subject& subject,
                absl::string_view status, Reason reason) {
  if (address_class != AddressClass::kUnknownMailbox) return Outcome::Dunno();
  return Outcome::Refuse(Rejected(550, status, subject, "User unknown"),
                         reason);
}

}  // namespace

Outcome SenderListing(const Facts& facts) {
  if (!facts.sender || facts.sender->is_null()) return Outcome::Dunno();
  return Listing(facts.sender_class, SenderSubject(facts), "5.1.0",
                 Reason::kSender);
}

Outcome RecipientListing(const Facts& facts) {
  if (!facts.recipient) return Outcome::Dunno();
  return Listing(facts.recipient_class, RecipientSubject(facts), "5.1.1",
                 Reason::kUnknownRecipient);
}

}  // namespace postern::mta::restrictions
