// libunbound, set up as the configuration has it.
//
// Errors:  InvalidArgument; the text starts with the field of `dns` at fault.
// Threads: see unbound.h; used by UnboundResolver alone.

#ifndef POSTERN_LIB_DNS_UNBOUND_CONTEXT_H_
#define POSTERN_LIB_DNS_UNBOUND_CONTEXT_H_

#include <memory>

#include "absl/status/statusor.h"

struct ub_ctx;

namespace postern::config::v1 {
class Dns;
}  // namespace postern::config::v1

namespace postern::dns {

struct UnboundContextDeleter {
  void operator()(ub_ctx* context) const;
};
using UnboundContext = std::unique_ptr<ub_ctx, UnboundContextDeleter>;

// The context resolves in a thread of its own, without blocking.
absl::StatusOr<UnboundContext> MakeUnboundContext(
    const config::v1::Dns& config);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_UNBOUND_CONTEXT_H_
