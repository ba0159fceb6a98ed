// The decision of decision.h in Lua, for Redis: one round trip, one step.
//
//   KEYS  triplet, client, network; one hash tag (RD-05)
//   ARGV  delay, retry_window, max_age, touch interval (seconds), allow_after,
//         max_pending, and the names to store with triplet, client and network
//   ->    { kind of the outcome, seconds, 1 if the client became allowed }
//
// Running it twice for one request is harmless: the second run sees what the
// first has written.
//
// Source:  time is Redis' TIME, so replicas with other clocks agree (RD-07);
//          every key gets a TTL (RD-06); what is no record counts as absent
//          (RD-03).

#ifndef POSTERN_GREYLISTD_REDIS_SCRIPT_H_
#define POSTERN_GREYLISTD_REDIS_SCRIPT_H_

#include "lib/redis/script.h"

namespace postern::greylistd {

const redis::Script& SeeScript();

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_REDIS_SCRIPT_H_
