// A connection's messages on their way through a filter: what both engines have
// in common. The engine says what the server has said; this makes the Envelope,
// begins and ends Transactions, and turns "could not decide" into what the
// configuration wants.
//
//   session.AddSender(path);  session.AddRecipient(path);
//   if (session.Checks(Command::kRecipient)) {
//     verdict = co_await session.Check(Command::kRecipient, deadline);
//   }
//   session.Header("Subject", " text");  session.Body(chunk);
//   const Changes changes = co_await session.Finish(deadline);
//
// Threads: of one reactor.

#ifndef POSTERN_LIB_MILTER_FILTER_SESSION_H_
#define POSTERN_LIB_MILTER_FILTER_SESSION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/line_budget.h"
#include "lib/milter/command.h"
#include "lib/milter/envelope.h"
#include "lib/milter/filter.h"
#include "lib/milter/meters.h"
#include "lib/milter/options.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "proto/config/v1/milter.pb.h"

namespace postern::milter {

// What a filter may take for a step before the end of the message, if a message
// may take longer: Postfix waits 30 s (milter_command_timeout).
inline constexpr absl::Duration kLongestCheck = absl::Seconds(25);

// How often a server is told that the decision about a message is still to
// come. Each time it waits anew: Postfix 300 s (milter_content_timeout).
inline constexpr absl::Duration kProgressInterval = absl::Seconds(10);

// What the sessions of a daemon share.
struct FilterContext {
  using Failure = config::v1::MilterServer::Failure;

  Filter& filter;
  Meters& meters;
  Failure on_failure = config::v1::MilterServer::FAILURE_ACCEPT;
  // Of lines about what goes wrong; the metrics count all of it.
  LineBudget log_lines{1};

  bool MayLog();
  // What to ask the server for: the filter's needs, and those of `on_failure`.
  Needs needs() const;
};

class FilterSession {
 public:
  // `context` must outlive it.
  explicit FilterSession(FilterContext& context);
  FilterSession(const FilterSession&) = delete;
  FilterSession& operator=(const FilterSession&) = delete;

  void Agree(const Options& agreed) { agreed_ = agreed; }

  // Macros that are told before `command`.
  void Tell(Command command, const Macros& macros);
  void Connect(const ConnectCommand& connect);
  void Helo(absl::string_view name) { envelope_.helo = std::string(name); }
  void AddSender(Path sender);
  void AddRecipient(Path recipient);
  // The envelope is complete. Header(), Body() and Finish() do it as well.
  void Begin();
  void Header(absl::string_view name, absl::string_view value);
  void Body(absl::string_view chunk);

  // Whether the filter says something of what was said last, a `command`.
  bool Checks(Command command) const;
  // What it says; of each step once. What is over with that has ended then.
  net::Task<Verdict> Check(Command command, net::Deadline deadline);

  // Whether the filter has begun the message by refusing to look at it.
  bool has_declined() const { return has_begun_ && transaction_ == nullptr; }
  // Whether the server may be told so before the end of the message, where
  // nothing is to be said of it.
  bool may_decline() const {
    return has_declined() && !holds_message_ && !holds_client_;
  }
  bool wants_body() const {
    return transaction_ != nullptr && transaction_->WantsBody();
  }

  // The message is there: returns what is to be done with it, of which the
  // server does all. The message has ended then.
  net::Task<Changes> Finish(net::Deadline deadline);

  // The server has been told that the filter does not look at this message.
  void Decline();
  // The message is over, or given up; the client stays.
  void EndMessage();
  // The client is gone.
  void EndConnection();

  bool is_in_message() const { return is_in_message_; }
  const Needs& needs() const { return needs_; }
  const Options& agreed() const { return agreed_; }

 private:
  // What is told with a recipient and is not only its own: the queue id.
  void TellAll(const Macros& macros);
  void EndHeader();
  // Whether the server has refused it itself. Without SMFIP_RCPT_REJ it shows
  // none of those: one that goes to the transport "error" is accepted.
  bool IsRejected(const Path& recipient) const;
  void KeepRecipient();
  VerdictTask Ask(Command command, net::Deadline deadline);
  // Lets the verdict have its consequences for the session.
  void Conclude(Command command, const Verdict& verdict);
  absl::StatusOr<Changes> Checked(absl::StatusOr<Changes> changes) const;
  // With what is to be done because a step could not be decided about.
  Changes Held(Changes changes) const;
  // What is done with a message that could not be decided about.
  Changes Undecided(const absl::Status& why);

  FilterContext& context_;
  const Needs needs_;
  Options agreed_;
  Envelope envelope_;
  Macros connection_macros_;
  Macros recipient_macros_;  // Of the recipient that is to come.
  // The recipient that came last, until it is known what becomes of it.
  std::optional<Path> recipient_;
  // A step could not be decided about: the message is to be quarantined, or all
  // of this client.
  bool holds_message_ = false;
  bool holds_client_ = false;
  bool is_in_message_ = false;
  bool has_begun_ = false;
  bool header_has_ended_ = false;
  std::unique_ptr<Transaction> transaction_;  // Refers to envelope_.
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_FILTER_SESSION_H_
