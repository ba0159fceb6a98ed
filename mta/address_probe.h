// How the relay probes an address for the restrictions: the outbound side asks
// the address's own host.
//
//   server.SetProbe([&delivery, sender](std::string address) {
//     return ProbeAddress(delivery, sender, std::move(address));
//   });
//
// Source:  RFC 5321 section 4.2.1: 5xx is undeliverable, 4xx unknown.
// Threads: any reactor; `delivery` must outlive the task.

#ifndef POSTERN_MTA_ADDRESS_PROBE_H_
#define POSTERN_MTA_ADDRESS_PROBE_H_

#include <string>

#include "lib/net/task.h"
#include "mta/outbound/delivery.h"
#include "mta/queue/outcome.h"
#include "mta/restrictions/verify_record.h"

namespace postern::mta {

net::Task<restrictions::VerifyResult> ProbeAddress(outbound::Delivery& delivery,
                                                   std::string sender,
                                                   std::string address);

// Returns what an outcome says about an address.
restrictions::VerifyResult VerifyResultOf(const queue::Outcome& outcome);

}  // namespace postern::mta

#endif  // POSTERN_MTA_ADDRESS_PROBE_H_
