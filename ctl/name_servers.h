// The name servers of a zone: who takes changes, and what each of them shows.
//
//   ASSIGN_OR_RETURN(const std::string missing,
//                    WhoLacks(arguments, "example.org", name, fault));
//
// The servers are those of --name-servers, or all that the zone's NS records
// name, at each of their addresses; each is asked itself, so that nothing that
// somebody keeps hides what it has. With --dns-records and no --name-servers
// the DNS as it is set up is asked alone.
//
// Errors:  InvalidArgument: an option; else what finding the servers says.
// Threads: main.cc only; blocks.

#ifndef POSTERN_CTL_NAME_SERVERS_H_
#define POSTERN_CTL_NAME_SERVERS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ctl/arguments.h"
#include "lib/dkim/key_finder.h"
#include "lib/net/endpoint.h"

namespace postern::ctl {

// --dns-server, --dns-records, --zone, --name-servers, --name-server-port.
Syntax NameServerSyntax();

// InvalidArgument if an option of these cannot be meant.
absl::Status CheckNameServerOptions(const Arguments& arguments);

// Says what is wrong with what a server has; "" if nothing is.
using FaultOf = std::function<std::string(const dkim::FoundKeys&)>;

// Returns who of the servers of `name`'s zone does not show what it is to, and
// why; "" if all do.
absl::StatusOr<std::string> WhoLacks(const Arguments& arguments,
                                     const std::string& name,
                                     const FaultOf& fault);

// Where changes of a zone go.
struct Primary {
  std::string zone;
  std::vector<net::Endpoint> endpoints;  // Addresses of one host, not empty.
};

// --zone and --update-server, or what the DNS has of `name`.
absl::StatusOr<Primary> FindPrimary(const Arguments& arguments,
                                    const std::string& name);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_NAME_SERVERS_H_
