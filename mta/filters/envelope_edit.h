// What filters want of the envelope of a message, done.
//
// A recipient that is added once more stays one; its ESMTP arguments may name
// ORCPT and NOTIFY, the sender's RET and ENVID. What cannot be an address is
// left out with a line in the log.
//
// Source:  Postfix's cleanup_milter.c: addresses are compared as they were
//          given, with the domain in any case.
// Threads: pure, but for the log.
// Limits:  kMaxRecipients of one message.

#ifndef POSTERN_MTA_FILTERS_ENVELOPE_EDIT_H_
#define POSTERN_MTA_FILTERS_ENVELOPE_EDIT_H_

#include <vector>

#include "mta/filters/filtered_message.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::filters {

void ApplyToEnvelope(
    const std::vector<FilteredMessage::EnvelopeChange>& changes,
    spool::v1::Envelope& envelope);

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_ENVELOPE_EDIT_H_
