#include "lib/net/stream_end.h"

#include "lib/net/stream_socket.h"

namespace postern::net {

bool HasEnded(Stream& stream) { return stream.socket().HasEnded(); }

}  // namespace postern::net
