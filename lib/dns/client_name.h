// The name of a client that connected to us, and whether to believe it.
//
// Anyone can put any name into the reverse zone of an address. A name counts
// only when it resolves back to that address.
//
// Source:  postconf(5), reject_unknown_client_hostname: client_name and
//          reverse_client_name. Unlike Postfix, which looks at one PTR record,
//          the first 5 are tried.
// Threads: `resolver` must outlive the task.

#ifndef POSTERN_LIB_DNS_CLIENT_NAME_H_
#define POSTERN_LIB_DNS_CLIENT_NAME_H_

#include <string>

#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"

namespace postern::dns {

struct ClientName {
  // The name that resolves to the client's address; empty: "unknown".
  std::string verified_name;
  // The name in the reverse zone, verified or not; empty: there is none.
  std::string reverse_name;
  // The look-up of the reverse name, or of its addresses, failed for now: an
  // empty name above may be a name tomorrow.
  bool reverse_failed = false;
  bool forward_failed = false;
};

// Never fails: an error is told in the result.
net::Task<ClientName> VerifiedClientName(Resolver& resolver,
                                         net::IpAddress client,
                                         net::Deadline deadline);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_CLIENT_NAME_H_
