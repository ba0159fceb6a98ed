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
// In the log: one line for each message accepted, one for each recipient or
// message refused, one for the end of the session, all with the field
// `session`.
//
// Threads: of its stream's reactor.

#ifndef POSTERN_MTA_SERVER_SESSION_H_
#define POSTERN_MTA_SERVER_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "lib/base/clock.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/line_reader.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "mta/queue/spool.h"
#include "mta/server/client_names.h"
#include "mta/server/dialogue.h"
#include "mta/server/intake.h"
#include "mta/server/meters.h"
#include "mta/server/settings.h"

namespace postern::mta::server {

// What all sessions share; it must outlive them.
struct SessionParts {
  queue::Spool& spool;
  ClientNames& client_names;
  const Clock& clock;
  net::Drain& drain;
  Meters& meters;
};

class Session {
 public:
  Session(SessionParts parts, std::shared_ptr<const Settings> settings,
          net::Stream stream);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Speaks with the client until the connection is to be closed.
  net::Task<> Run();

 private:
  // Ends with why the session ended: OK is a QUIT, or that we closed it.
  net::Task<absl::Status> Converse();
  net::Task<absl::Status> ReadMore();
  net::Task<absl::Status> Flush();
  // Finds out what `step` asks for; returns a step that says something.
  net::Task<absl::StatusOr<Step>> Resolve(Step step);
  net::Task<Step> CheckRecipient();
  net::Task<absl::StatusOr<Step>> ReceiveMessage(smtp::Reply go_ahead);
  net::Task<Step> StoreMessage(std::unique_ptr<queue::Incoming> incoming,
                               const Intake& intake);
  std::string TraceFields(absl::string_view queue_id,
                          absl::string_view client_name) const;
  void Say(const smtp::Reply& reply);
  void SayLast(const absl::Status& end);
  void ReportEnd(const absl::Status& end) const;

  const SessionParts parts_;
  const std::shared_ptr<const Settings> settings_;
  net::Stream stream_;
  const std::string id_;
  const std::string client_address_;
  const net::Deadline end_;  // Of the session, at the latest.
  const std::shared_ptr<ClientNames::Lookup> client_name_;
  net::LineReader reader_;
  Dialogue dialogue_;
  // Of the line that is being waited for.
  std::optional<net::Deadline> line_deadline_;
  std::string out_;       // Replies that were not sent yet.
  bool is_idle_ = false;  // Waiting, with no transaction open.
  uint64_t commands_ = 0;
  uint64_t messages_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_SESSION_H_
