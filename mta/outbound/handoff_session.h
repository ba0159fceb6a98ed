// One connection to a relay that takes our queued mail over: proves who it is
// and who we are, then gives messages one after the other.
//
//   absl::StatusOr<std::unique_ptr<HandoffSession>> session =
//       co_await HandoffSession::Open(endpoint, options);
//   const HandoffResult result =
//       co_await (*session)->Give(envelope, *content, absl::Seconds(10));
//
// A message is the peer's when its receipt is here, signed; without one it is
// ours. If the connection breaks after all was sent it may be both: the same
// message given to the same peer again gets the receipt that was lost.
//
// Source:  docs/formats/handoff.md.
// Errors:  Open(): Aborted, it is this relay itself; else why the peer takes
//          nothing, in words.
// Threads: one reactor, one call at a time.
// Limits:  `timeout` for each step, and more for large messages.

#ifndef POSTERN_MTA_OUTBOUND_HANDOFF_SESSION_H_
#define POSTERN_MTA_OUTBOUND_HANDOFF_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"
#include "mta/outbound/session.h"
#include "mta/queue/courier.h"
#include "mta/smtp/handoff.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::outbound {

struct HandoffOptions {
  std::string secret;
  std::string helo_name;
  std::string own_spool;  // The name of ours.
  TlsLevel tls_level = TlsLevel::kMay;
  net::TlsContext* tls_context = nullptr;  // Outlives it; nullptr at kNone.
  absl::Duration timeout = absl::Seconds(20);
};

struct HandoffResult {
  enum class Kind {
    kAccepted,
    kRefused,   // By this peer. If the session is usable it takes others.
    kLost,      // The peer does not have it.
    kDoubtful,  // Nobody can tell whether the peer has it.
    kDamaged,   // It cannot be read here. The session is over.
  };
  Kind kind = Kind::kLost;
  // kAccepted: the queue id there; else why not, in words.
  std::string text;
};

class HandoffSession {
 public:
  static net::Task<absl::StatusOr<std::unique_ptr<HandoffSession>>> Open(
      net::Endpoint peer, HandoffOptions options);

  // Gives a message, each step of it within `limit` and options.timeout;
  // `envelope` is of queue::HandedOver(). Both must outlive the task.
  net::Task<HandoffResult> Give(const spool::v1::Envelope& envelope,
                                const queue::Content& content,
                                absl::Duration limit);

  // False: close it; nothing can be given any more.
  bool is_usable() const { return session_.is_usable() && is_in_step_; }
  bool is_tls() const { return session_.stream().is_tls(); }
  net::Task<> Quit() { return session_.Quit(); }

 private:
  HandoffSession(net::Stream stream, HandoffOptions options, std::string relay);
  net::Task<absl::Status> Prove();
  // Sends the message; what is left in out_ is its end.
  net::Task<absl::Status> SendAllButTheEnd(const queue::Content& content,
                                           net::KeyedDigest& digest,
                                           absl::Duration timeout);
  HandoffResult Broken(HandoffResult::Kind kind, const absl::Status& why);

  const HandoffOptions options_;
  Session session_;
  std::optional<smtp::HandoffKey> key_;
  uint64_t number_ = 0;
  bool is_in_step_ = true;
  std::string out_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_HANDOFF_SESSION_H_
