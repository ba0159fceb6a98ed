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
  Outcome outcome = Outcome::Dunno();
  if (facts.sender && !facts.sender->is_null()) {
    outcome = Listing(facts.sender_class, SenderSubject(facts), "5.1.0",
                      Reason::kSender);
  }
  outcome.checked = Outcome::Checked::kSenderListed;
  return outcome;
}

Outcome RecipientListing(const Facts& facts) {
  Outcome outcome = Outcome::Dunno();
  if (facts.recipient) {
    outcome = Listing(facts.recipient_class, RecipientSubject(facts), "5.1.1",
                      Reason::kUnknownRecipient);
  }
  outcome.checked = Outcome::Checked::kRecipientListed;
  return outcome;
}

}  // namespace postern::mta::restrictions
