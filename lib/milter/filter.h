// What a milter daemon is: a function from a message to changes, and, if it
// wants to, from each step before the end of a message to a verdict.
//
// dkimd, dmarcd and avscand each implement it once, and two engines run it:
// ours (server.h) and libmilter (libmilter_server.h). A Filter makes one
// Transaction a message; the message streams through it, so that nobody holds a
// second copy in memory.
//
//   class Stamp final : public Transaction {
//     void OnHeader(absl::string_view, absl::string_view) override {}
//     void OnBody(absl::string_view) override {}
//     net::Task<absl::StatusOr<Changes>> Finish(net::Deadline) override {
//       Changes changes;
//       changes.AddHeader("X-Seen", " yes");
//       co_return changes;
//     }
//   };
//
// A verdict can be given as soon as a step has been shown, where Needs::checks
// says so; the server waits for it then:
//
//   net::Task<absl::StatusOr<Verdict>> CheckRecipient(
//       const Envelope&, const Path& recipient, net::Deadline) override {
//     if (!IsOurs(recipient.address)) {
//       co_return Verdict::Reply(550, "5.1.1", "No such user");
//     }
//     co_return Verdict();
//   }
//
// What is refused at RCPT is that recipient alone, at any other step the client
// or the message. kAccept and kDiscard of a step are the end of the message
// for the filter; of the connection there is no kDiscard.
//
// Errors:  a Finish() or a Check…() that is not OK means "could not decide",
//          never "no": the engine does what `on_failure` of its configuration
//          says, and counts and logs it. No change is made then. A filter that
//          wants something else done for a message says so with a verdict.
// Threads: a Filter is called on any reactor, many at a time. A Transaction
//          lives and dies on one reactor, and is called one call at a time.

#ifndef POSTERN_LIB_MILTER_FILTER_H_
#define POSTERN_LIB_MILTER_FILTER_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"
#include "lib/milter/envelope.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::milter {

using VerdictTask = net::Task<absl::StatusOr<Verdict>>;

// What the Check…() of this file say unless they are overridden.
inline VerdictTask NothingAgainst() { co_return Verdict(); }

// One message on its way through a filter. Calls come in this order: OnHeader
// for each field, OnEndOfHeader, OnBody for each chunk, Finish; and behind each
// of these its Check…(), where it was asked for. A message that is given up
// halfway (the client is gone, another filter refused it) ends with the
// destructor alone.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // The envelope is complete. Not asked by servers that speak version 2 or 3,
  // which do not tell of DATA.
  virtual VerdictTask CheckData(net::Deadline) { return NothingAgainst(); }

  // A header field, from the first to the last; the server's own Received field
  // is not among them. `value` is what stands behind the colon, with the space
  // before the text if there is one and, in a folded field, with the line ends
  // between its lines (LF, or CR LF from some servers), but not the last line
  // end. Bytes are as the client sent them wherever the server can tell
  // (SMFIP_HDR_LEADSPC); of an older server a space is put before the text.
  virtual void OnHeader(absl::string_view name, absl::string_view value) = 0;

  // About the field that was shown last.
  virtual VerdictTask CheckHeader(net::Deadline) { return NothingAgainst(); }

  virtual void OnEndOfHeader() {}
  virtual VerdictTask CheckEndOfHeader(net::Deadline) {
    return NothingAgainst();
  }

  // A piece of the body, cut anywhere. Lines end with CR LF.
  virtual void OnBody(absl::string_view chunk) = 0;
  // About the body as far as it was shown.
  virtual VerdictTask CheckBody(net::Deadline) { return NothingAgainst(); }

  // Whether more of the body is of use: asked before each chunk. Chunks are
  // not handed over while it is false, and with Needs::may_skip_body not sent
  // either.
  virtual bool WantsBody() const { return true; }

  // Says what is to be done with the message. Called once; ends by the
  // deadline. The transaction lives until the task has ended.
  virtual net::Task<absl::StatusOr<Changes>> Finish(net::Deadline deadline) = 0;
};

// The stages at which a server tells macros, as SETSYMLIST numbers them.
enum class Stage {
  kConnect = 0,
  kHelo = 1,
  kSender = 2,
  kRecipient = 3,
  kData = 4,
  kEndOfMessage = 5,
  kEndOfHeader = 6,
};
inline constexpr size_t kStages = 7;

// What a filter wants of a server: all else is neither sent nor answered. A
// filter that makes a change that it has not named here, or that the server
// does not do, has not decided.
struct Needs {
  // Changes that it may make.
  bool add_headers = false;     // Insert as well.
  bool change_headers = false;  // Delete as well.
  bool change_sender = false;
  bool add_recipients = false;
  bool delete_recipients = false;
  bool replace_body = false;
  bool quarantine = false;

  // Steps that it says something of before the end of the message, each at the
  // price of a round trip. Of the others nobody is asked.
  struct Checks {
    bool connect = false;
    bool helo = false;
    bool sender = false;
    bool recipient = false;
    bool data = false;
    bool header = false;
    bool end_of_header = false;
    bool body = false;
  };
  Checks checks = {};

  // What it reads. Without `envelope` only the macros are in an Envelope, and
  // the client where it is in a macro.
  bool envelope = true;
  bool headers = true;
  bool body = true;
  // Recipients that the server itself has refused are shown as well, in
  // Envelope::rejected_recipients. Nobody is asked about them.
  bool rejected_recipients = false;

  // Begin() may refuse to look at a message: the server is then told before the
  // header, at the price of a round trip a message. Without this it goes on to
  // send the message, of which the filter sees nothing.
  bool may_decline = false;
  // WantsBody() may become false: the server is then told to send no more, at
  // the price of a round trip a chunk (64 KiB).
  bool may_skip_body = false;

  // The macros that are wanted, by stage, as "{auth_type} {auth_authen} i";
  // empty: what the server tells of its own accord at that stage.
  std::array<std::string, kStages> macros;
};

class Filter {
 public:
  virtual ~Filter() = default;

  virtual Needs needs() const = 0;

  // What came last is in `envelope`, with what came before it. Arguments live
  // until the task has ended, which it does by the deadline.
  virtual VerdictTask CheckConnect(const Envelope&, net::Deadline) {
    return NothingAgainst();
  }
  virtual VerdictTask CheckHelo(const Envelope&, net::Deadline) {
    return NothingAgainst();
  }
  virtual VerdictTask CheckSender(const Envelope&, net::Deadline) {
    return NothingAgainst();
  }
  // `recipient` is not yet among those of `envelope`.
  virtual VerdictTask CheckRecipient(const Envelope&, const Path& /*recipient*/,
                                     net::Deadline) {
    return NothingAgainst();
  }

  // Begins a message, when its sender and recipients are known. `envelope`
  // outlives the transaction. Null: the filter has nothing to do with this
  // message, which is accepted.
  virtual std::unique_ptr<Transaction> Begin(const Envelope& envelope) = 0;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_FILTER_H_
