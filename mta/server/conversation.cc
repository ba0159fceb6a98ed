#include "mta/server/conversation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/base/random.h"

namespace postern::mta::server {
namespace {

constexpr size_t kSessionNameLetters = 12;

// What XCLIENT tells later does not count: it is the peer that we trust.
bool IsIn(const std::vector<net::Network>& networks,
          const net::Stream& stream) {
  return std::any_of(networks.begin(), networks.end(),
                     [&stream](const net::Network& network) {
                       return network.Contains(stream.peer_address());
                     });
}

}  // namespace

Conversation::Conversation(SessionParts parts_,
                           std::shared_ptr<const Settings> settings_,
                           net::Stream stream_)
    : parts(std::move(parts_)),
      settings(std::move(settings_)),
      id(RandomName(kSessionNameLetters)),
      end(net::Deadline::After(settings->session_time_limit)),
      stream(std::move(stream_)),
      client(stream, parts.client_names, parts.drain),
      reader(kMaxLineBytes, kMaxSkippedBytes),
      dialogue(settings->dialogue,
               {.session = id,
                .is_tls = stream.is_tls(),
                .is_auth_allowed = settings->auth.IsFor(client.address()),
                .may_xclient = IsIn(settings->xclient_hosts, stream),
                .may_xforward = IsIn(settings->xforward_hosts, stream),
                .may_handoff = parts.arrivals != nullptr &&
                               IsIn(settings->handoff.givers, stream)}) {}

}  // namespace postern::mta::server
