// What the parts of one session work on: the socket, what was said, who says
// it.
//
// Session (session.h) owns it and takes turns with the parts that it asks, each
// of which has a file of its own: Encryption (encryption.h), Checks (checks.h),
// Reception (reception.h).
//
// Threads: of its stream's reactor; one part at a time.

#ifndef POSTERN_MTA_SERVER_CONVERSATION_H_
#define POSTERN_MTA_SERVER_CONVERSATION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "lib/net/deadline.h"
#include "lib/net/line_reader.h"
#include "lib/net/stream.h"
#include "lib/net/tls_facts.h"
#include "mta/server/client.h"
#include "mta/server/dialogue.h"
#include "mta/server/session_parts.h"
#include "mta/server/settings.h"

namespace postern::mta::server {

struct Conversation {
  // RFC 5321 section 4.5.3.1.4 wants 512; address and parameters may need more.
  static constexpr size_t kMaxLineBytes = 2048;
  static constexpr size_t kMaxSkippedBytes = 64 << 10;

  Conversation(SessionParts parts, std::shared_ptr<const Settings> settings,
               net::Stream stream);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  const SessionParts parts;
  const std::shared_ptr<const Settings> settings;
  const std::string id;     // Names the session in the log.
  const net::Deadline end;  // Of the session, at the latest.
  net::Stream stream;
  net::TlsFacts tls;  // Empty: in the clear.
  Client client;
  net::LineReader reader;
  Dialogue dialogue;
  // Those that the client has, this one among them; 0: it is not counted.
  uint32_t client_connections = 0;
  // After HELO, which offers no pipelining, a command came before its turn.
  bool has_run_ahead = false;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CONVERSATION_H_
