// A queued message as the operator sees it: printable, whatever its sender put
// into it.
//
// Threads: pure.

#ifndef POSTERN_MTA_ADMIN_SHOWN_MESSAGE_H_
#define POSTERN_MTA_ADMIN_SHOWN_MESSAGE_H_

#include <string>

#include "mta/queue/queue_index.h"
#include "proto/admin/v1/queue.pb.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::admin {

void Fill(queue::QueueId id, const queue::QueueIndex::Entry& entry,
          const spool::v1::Envelope& envelope,
          ::postern::admin::v1::QueuedMessage& message);

// What was set aside, and why.
void FillDamaged(queue::QueueId id, const std::string& why,
                 ::postern::admin::v1::QueuedMessage& message);

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_SHOWN_MESSAGE_H_
