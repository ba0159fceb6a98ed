#include "lib/net/stream_end.h"

#include "lib/net/stream_socket.h"

namespace postern::net {

bool HasEnded(Stream& stream) { return stream.socket().HasEnded(); }

bool IsSilent(Stream& stream) {
  if (stream.is_tls()) return !HasEnded(stream);
  return stream.socket().Peek() == Stream::Socket::Arrived::kNothing;
}

}  // namespace postern::net
