#include "mta/server/conversation.h"

#include <utility>

#include "lib/base/random.h"

namespace postern::mta::server {
namespace {

constexpr size_t kSessionNameLetters = 12;

}  // namespace

Conversation::Conversation(SessionParts parts_,
                           std::shared_ptr<const Settings> settings_,
                           net::Stream stream_)
    : parts(parts_),
      settings(std::move(settings_)),
      id(RandomName(kSessionNameLetters)),
      end(net::Deadline::After(settings->session_time_limit)),
      stream(std::move(stream_)),
      client(stream, parts.client_names, parts.drain),
      reader(kMaxLineBytes, kMaxSkippedBytes),
      dialogue(settings->dialogue, id) {}

}  // namespace postern::mta::server
