// What all sessions of a listener share.
//
// Threads: each part says so itself.

#ifndef POSTERN_MTA_SERVER_SESSION_PARTS_H_
#define POSTERN_MTA_SERVER_SESSION_PARTS_H_

#include <memory>

#include "lib/base/clock.h"
#include "lib/net/drain.h"
#include "lib/net/tls.h"
#include "mta/limits/budgets.h"
#include "mta/queue/arrivals.h"
#include "mta/queue/spool.h"
#include "mta/server/auth_workers.h"
#include "mta/server/client_names.h"
#include "mta/server/meters.h"
#include "mta/server/transport_meters.h"

namespace postern::mta::server {

// All must outlive the sessions.
struct SessionParts {
  queue::Spool& spool;
  ClientNames& client_names;
  const Clock& clock;
  net::Drain& drain;
  Meters& meters;
  limits::Budgets& budgets;
  TransportMeters& transport;
  // nullptr: the listener has no TLS.
  std::shared_ptr<net::TlsContext> tls;
  AuthWorkers& auth_workers;
  queue::Arrivals* arrivals;  // nullptr: no relay hands over mail.
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_SESSION_PARTS_H_
