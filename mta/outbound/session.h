// One SMTP connection to a next hop: greets, then hands over messages one after
// the other.
//
// A session says exactly what became of each recipient and never more than the
// other side said: without a final 250 nobody counts as delivered, so a message
// may arrive twice but is never lost. Against a server that offers PIPELINING
// the envelope goes out in one write and, when the next message is known, its
// envelope together with the content of this one: one round trip a message.
//
//   Session session(std::move(stream), options,
//   "mx.example.org[192.0.2.1]:25"); const std::optional<queue::Outcome>
//   refusal = co_await session.Open(); const Result result = co_await
//   session.Send(parcel, lookahead); co_await session.Quit();
//
// 8-bit content goes out as it is, also to a server without 8BITMIME (then
// without BODY=): converting would break signatures, and servers that really
// clear the eighth bit have died out. Postfix does so with
// disable_mime_output_conversion=yes.
//
// Source:  RFC 5321 section 3.1 to 3.3, 4.3.2 (which replies are to be
//          expected), 4.5.3.2 (times); RFC 2920 (pipelining), RFC 1870 (SIZE),
//          RFC 2033 (LMTP), RFC 4954 (AUTH; MAIL says AUTH=<>, as Postfix has
//          it: who we are says nothing of the sender).
// Errors:  none: every trouble becomes an Outcome or a Reply, as an operator
//          wants to read it.
// Threads: one reactor, one call at a time.
// Limits:  replies, and so challenges, as in smtp/reply.h (MTA-23); at most 100
// commands go out
//          before their replies are read; a next hop that takes less than 8 KiB
//          a second of a message is given up.

#ifndef POSTERN_MTA_OUTBOUND_SESSION_H_
#define POSTERN_MTA_OUTBOUND_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/line_reader.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"
#include "mta/outbound/parcel.h"
#include "mta/outbound/sasl_rules.h"
#include "mta/outbound/transaction.h"
#include "mta/queue/courier.h"
#include "mta/routing/host_tls.h"
#include "mta/routing/tls_policy.h"
#include "mta/sasl/client.h"
#include "mta/smtp/extension.h"
#include "mta/smtp/reply.h"

namespace postern::mta::outbound {

using routing::TlsLevel;

struct SessionOptions {
  std::string helo_name;
  std::string own_name = {};  // Of our server; empty: the same.
  absl::Duration command_timeout = absl::Minutes(5);
  absl::Duration data_done_timeout = absl::Minutes(10);
  // A server that greets with a name of ours is ourselves: refuse to go on.
  // Only sensible where the host was found through MX.
  bool detect_loop = false;
  routing::TlsDemand tls = {};
  // Outlives the session; nullptr at kNone. For a proof by name it must verify.
  net::TlsContext* tls_context = nullptr;
  absl::Duration tls_timeout = absl::Minutes(1);
  std::string tls_fingerprint_digest = "sha256";
  // TLS from the first byte (RFC 8314 section 3.3), not by STARTTLS.
  bool tls_wrapper = false;
  // nullptr: without AUTH, whatever is offered. Outlives the session.
  const SaslRules* sasl = nullptr;
  // Who we are; nullopt: nobody in particular.
  std::optional<sasl::Login> login = std::nullopt;
  std::string host_name = {};  // What the mechanisms call the server.
  // Speak LMTP (RFC 2033): LHLO, and a reply for each recipient at the end.
  bool is_lmtp = false;
};

// What became of a parcel.
struct Result {
  std::vector<queue::Outcome> outcomes;  // In the parcel's order.
  // The connection ended before any content was sent: another connection may
  // be tried at once, without the risk of delivering twice.
  bool may_retry_now = false;
};

// Says which parcel comes next on the same session, once the content of this
// one is about to end; nullptr: none is known. It must stay valid until it is
// sent or the session is gone.
class Lookahead {
 public:
  virtual ~Lookahead() = default;
  virtual const Parcel* Next() = 0;
};

class Session {
 public:
  // `relay` is the other side in words, for outcomes. `stream` is connected.
  Session(net::Stream stream, SessionOptions options, std::string relay);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Waits for the greeting and says EHLO, or HELO if that is refused. Returns
  // nullopt when the session is ready, else why not; it is then only good for
  // Quit(). A greeting of 5xx only counts as "not now": it says more about the
  // host than about the mail (Postfix: smtp_skip_5xx_greeting). Where TLS is
  // wanted the session goes on under it, and what was said before is forgotten.
  // With a login it is said then, to a server that offers AUTH.
  net::Task<std::optional<queue::Outcome>> Open();

  // Hands `parcel` over. Both arguments must outlive the task. If `lookahead`
  // named a parcel, that one must be the next to be sent.
  net::Task<Result> Send(const Parcel& parcel, Lookahead& lookahead);

  // What is no mail (handoff_session.h): sends `wire`, and returns the reply to
  // it. An error is the end of the session.
  net::Task<absl::Status> Write(absl::string_view wire, absl::Duration timeout);
  net::Task<absl::StatusOr<smtp::Reply>> Exchange(absl::string_view wire,
                                                  absl::Duration timeout);

  // Takes leave if there is still somebody to take leave of; waits for nothing.
  net::Task<> Quit();

  // False: close it; nothing can be sent any more.
  bool is_usable() const { return is_usable_; }
  // The other side took STARTTLS and then the handshake failed: only a new
  // connection can do without (MTA-21).
  bool has_failed_tls() const { return has_failed_tls_; }
  // AUTH went well, or was refused for good.
  bool is_logged_in() const { return is_logged_in_; }
  bool has_failed_login() const { return has_failed_login_; }
  // What was wrong with the TLS, also where the session went on all the same;
  // nullopt: nothing, or it did not come to that.
  std::optional<routing::TlsFailure> tls_failure() const {
    return tls_failure_;
  }
  // The name that the server gave itself in its greeting; as it was sent.
  const std::string& greeted_as() const { return greeted_as_; }
  const net::Stream& stream() const { return stream_; }

  const smtp::Extensions& extensions() const { return extensions_; }
  const std::string& relay() const { return relay_; }

 private:
  // A reply, or why there is none.
  using Answer = absl::StatusOr<smtp::Reply>;

  net::Task<Answer> ReadReply(net::Deadline deadline);
  net::Task<Answer> Command(absl::string_view wire, absl::Duration timeout);
  net::Task<std::optional<queue::Outcome>> Greet();
  net::Task<std::optional<queue::Outcome>> SayHello();
  net::Task<std::optional<queue::Outcome>> Secure();
  net::Task<absl::Status> StartTls();
  queue::Outcome CannotStartTls(const absl::Status& why);
  bool HasKnownFingerprint() const;
  std::optional<queue::Outcome> GoOnInTheClear(absl::string_view why);
  std::string UsableMechanisms() const;
  net::Task<std::optional<queue::Outcome>> LogIn();
  net::Task<std::optional<queue::Outcome>> Exchange(
      sasl::ClientExchange& exchange, std::string line,
      std::optional<std::string> response);
  queue::Outcome CannotLogIn(absl::string_view why) const;
  std::optional<queue::Outcome> Conclude(const smtp::Reply& reply,
                                         bool is_complete);
  net::Task<> SendEnvelope(Transaction& transaction, bool is_announced);
  net::Task<bool> TakeReplies(Transaction& transaction, size_t begin,
                              size_t end);
  net::Task<> SendContent(Transaction& transaction, const Parcel& parcel,
                          Lookahead& lookahead);
  net::Task<bool> WriteContent(Transaction& transaction,
                               const queue::Content& content,
                               net::Deadline deadline);
  net::Task<> TakeFinalReplies(Transaction& transaction);
  net::Task<> SendEmptyEnd();
  void Announce(Lookahead& lookahead);
  queue::Outcome Lost(const absl::Status& why, absl::string_view during);

  net::Stream stream_;
  const SessionOptions options_;
  const std::string relay_;
  net::LineReader reader_;
  smtp::Extensions extensions_;
  bool is_usable_ = true;
  bool has_failed_tls_ = false;
  bool is_logged_in_ = false;
  bool has_failed_login_ = false;
  std::optional<routing::TlsFailure> tls_failure_;
  std::string greeted_as_;
  // The last transaction is still open at the server: RSET before MAIL.
  bool needs_reset_ = false;
  // Its envelope went out together with the content of the parcel before it.
  const Parcel* announced_ = nullptr;
  std::string out_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_SESSION_H_
