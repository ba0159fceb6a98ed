// Puts a Filter behind the sockets of a daemon's configuration.
//
//   auto& filter = daemon.Own(std::make_unique<Filter>(...));
//   return milter::Serve(daemon, config.milter(), /*default_port=*/8891,
//                        filter);
//
// Errors:  InvalidArgument for a socket that is none, an engine that cannot do
//          what the rest of the block says, or a TLS file that is wrong; else
//          what opening a socket says.

#ifndef POSTERN_LIB_MILTER_SERVE_H_
#define POSTERN_LIB_MILTER_SERVE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "lib/daemon/daemon.h"
#include "lib/milter/filter.h"
#include "proto/config/v1/milter.pb.h"

namespace postern::milter {

// What can be said of a configuration without opening anything.
absl::Status CheckConfig(const config::v1::MilterServer& config);

// Opens the sockets of `config`, or 127.0.0.1:`default_port` when it names
// none, and serves `filter`, which must live as long as the daemon. TLS files
// are read again when the daemon reloads.
absl::Status Serve(daemon::Daemon& daemon,
                   const config::v1::MilterServer& config,
                   uint16_t default_port, Filter& filter);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_SERVE_H_
