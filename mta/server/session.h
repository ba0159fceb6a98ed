// One SMTP connection: the dialogue (dialogue.h) with its socket, its clock and
// the parts of the relay that it asks.
//
// Replies to pipelined commands leave together, when the next command has to
// be waited for. The session ends when the client says QUIT or goes, when it
// is too slow (421), makes too many errors (421), or when the relay drains and
// no transaction is open (421).
//
//   Session session(parts, settings, std::move(stream));
//   co_await session.Run();
//
// A step of the dialogue that wants to know something goes through Resolve() to
// the part that finds it out: encryption.h (TLS), checks.h (may the client do
// that?), reception.h (the message), handoff_reception.h (another relay's). In
// the log: what those parts say, and one line for the end of the session, all
// with the field `session`.
//
// Threads: of its stream's reactor.

#ifndef POSTERN_MTA_SERVER_SESSION_H_
#define POSTERN_MTA_SERVER_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "mta/server/authentication.h"
#include "mta/server/checks.h"
#include "mta/server/conversation.h"
#include "mta/server/dialogue.h"
#include "mta/server/encryption.h"
#include "mta/server/filtering.h"
#include "mta/server/handoff_reception.h"
#include "mta/server/rates.h"
#include "mta/server/reception.h"
#include "mta/server/session_parts.h"
#include "mta/server/settings.h"

namespace postern::mta::server {

class Session {
 public:
  // `client_connections` is what filters are told (conversation.h).
  Session(SessionParts parts, std::shared_ptr<const Settings> settings,
          net::Stream stream, uint32_t client_connections = 0);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Speaks with the client until the connection is to be closed.
  net::Task<> Run();

 private:
  // Ends with why the session ended: OK is a QUIT, or that we closed it.
  net::Task<absl::Status> Converse();
  // Gives a client that does not wait for the greeting the time to show it.
  net::Task<bool> SpeaksTooEarly();
  // Does what `step` asks for and says what comes of it. Returns false when the
  // connection is to be closed.
  net::Task<absl::StatusOr<bool>> Take(Step step);
  // Keeps a client waiting that makes many errors (MTA-40).
  net::Task<absl::Status> Tarpit(const smtp::Reply& reply);
  // Finds out what `step` asks for; returns a step that says something.
  net::Task<absl::StatusOr<Step>> Resolve(Step step);
  // What rates, restrictions and filters say about the stage.
  net::Task<restrictions::Decision> Decide();
  net::Task<absl::StatusOr<Step>> ReceiveMessage(Step step);
  net::Task<absl::StatusOr<Step>> ReceiveChunk();
  Step TakeClient();
  // Sends what is to be sent in the clear, then secures the connection.
  net::Task<absl::Status> Secure();
  net::Task<absl::Status> ReadMore();
  net::Task<absl::Status> Flush();
  void Say(const smtp::Reply& reply);
  void SayLast(const absl::Status& end);
  void ReportEnd(const absl::Status& end) const;

  Conversation conversation_;
  Dialogue& dialogue_;
  Meters& meters_;
  Encryption encryption_;
  Rates rates_;
  Authentication authentication_;
  Checks checks_;
  Filtering filtering_;
  Reception reception_;
  HandoffReception handoff_;
  // Of the line that is being waited for.
  std::optional<net::Deadline> line_deadline_;
  std::string out_;       // Replies that were not sent yet.
  bool is_idle_ = false;  // Waiting, with no transaction open.
  uint64_t commands_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_SESSION_H_
