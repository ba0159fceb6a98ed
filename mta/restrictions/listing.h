// Is a sender or a recipient somebody, as far as we can know?
//
// Only addresses of our own can be known not to exist; all others pass.
//
// Source:  postconf(5): reject_unlisted_sender, reject_unlisted_recipient,
//          smtpd_reject_unlisted_sender, smtpd_reject_unlisted_recipient.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_LISTING_H_
#define POSTERN_MTA_RESTRICTIONS_LISTING_H_

#include "mta/restrictions/outcome.h"

namespace postern::mta::restrictions {

// Refuses or has no opinion.
Outcome SenderListing(const Facts& facts);
Outcome RecipientListing(const Facts& facts);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_LISTING_H_
