// What carries mail: the "transport:nexthop" of transport(5).
//
//   smtp:[host]:port     over SMTP to that host; relay is another name of it
//   lmtp:unix:/path      into a mail store over LMTP (lmtp_hop.h)
//   local, virtual       into a mailbox here
//   error:5.1.1 text     bounced with that text, retry:4.7.1 text deferred
//   discard:text         thrown away, and the log says so
//   name:text            to the command that the block pipe of that name has
//   :[host]:port         not another transport, only another next hop
//
//   ASSIGN_OR_RETURN(const Transport transport, ParseTransport(value));
//
// The next hop is what Router::For() (next_hop.h) makes of it. That of local
// and virtual means nothing, as in Postfix.
//
// Source:  transport(5), error(8), discard(8).
// Errors:  InvalidArgument: no transport of that name, or the next hop of
//          smtp or lmtp is none.
// Threads: pure.

#ifndef POSTERN_MTA_ROUTING_TRANSPORT_H_
#define POSTERN_MTA_ROUTING_TRANSPORT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::mta::routing {

struct Transport {
  enum class Kind {
    kSmtp,
    kLmtp,
    kLocal,
    kVirtual,
    kError,
    kRetry,
    kDiscard,
    kPipe,
  };
  // nullopt: whatever it would be otherwise.
  std::optional<Kind> kind;
  std::string next_hop;  // As written; of error and its like the text.
  // An empty next hop is the recipient's domain, and never relayhost.
  bool skips_relayhost = false;
  std::string pipe = {};  // Of kPipe: its name.
  bool is_relay = false;  // kSmtp by its other name.

  friend bool operator==(const Transport&, const Transport&) = default;
};

// `pipes` are the names of transports that are commands.
absl::StatusOr<Transport> ParseTransport(absl::string_view text,
                                         absl::Span<const std::string> pipes);
absl::StatusOr<Transport> ParseTransport(absl::string_view text);

// Returns the name of a transport whose kind is known.
std::string NameOf(const Transport& transport);

// Whether a pipe may have the name: letters, digits, "-" and "_", and none of
// those above.
bool IsPipeName(absl::string_view name);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_TRANSPORT_H_
