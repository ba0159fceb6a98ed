// What all sessions of a server share.
//
// Threads: each part says so itself.

#ifndef POSTERN_MTA_SERVER_SESSION_PARTS_H_
#define POSTERN_MTA_SERVER_SESSION_PARTS_H_

#include "lib/base/clock.h"
#include "lib/net/drain.h"
#include "mta/limits/budgets.h"
#include "mta/queue/spool.h"
#include "mta/server/client_names.h"
#include "mta/server/meters.h"

namespace postern::mta::server {

// All must outlive the sessions.
struct SessionParts {
  queue::Spool& spool;
  ClientNames& client_names;
  const Clock& clock;
  net::Drain& drain;
  Meters& meters;
  limits::Budgets& budgets;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_SESSION_PARTS_H_
