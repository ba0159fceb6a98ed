// Whether there is anything to be had from a connection that was kept.
//
//   if (HasEnded(stream)) …make another one…
//
// Threads: of the stream's reactor.

#ifndef POSTERN_LIB_NET_STREAM_END_H_
#define POSTERN_LIB_NET_STREAM_END_H_

#include "lib/net/stream.h"

namespace postern::net {

// Tells whether the peer has closed, or the connection is lost, and all that it
// has sent was read. Looks at what is known; sends nothing.
bool HasEnded(Stream& stream);

// Tells whether it has not ended, and nothing waits to be read. Under TLS the
// latter is not looked at: what has arrived need not be for us.
bool IsSilent(Stream& stream);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_STREAM_END_H_
