// What the filters of a listener say to one SMTP session: each stage is shown
// to all of them, group by group, and the first refusal counts.
//
//   MilterChain chain(milters, drain, "x1");
//   Judgement judgement = co_await chain.Connect(client, macros);
//   judgement = co_await chain.Sender(path, macros);        // at MAIL
//   judgement = co_await chain.Recipient(path, macros);     // at RCPT
//   co_await chain.RejectedRecipient(path, why);            // one we refused
//   judgement = co_await chain.Data(macros);                // at DATA
//   judgement = co_await chain.Message(message, body, macros);
//   chain.EndMessage();
//   chain.EndClient();
//
// The members of a group are asked side by side; they see the same message, and
// what they change is changed in their order before the next group sees it.
// What a filter that fails has said before does not count: nothing of half a
// change is made. Its failure ends with the transaction: the next one asks
// again, over a new connection that is told of the client first.
//
// Source:  Postfix's MILTER_README for what a verdict means at which stage.
// Threads: of the session's reactor, one call at a time.
// Limits:  milter_message_timeout for all of Message().

#ifndef POSTERN_MTA_FILTERS_MILTER_CHAIN_H_
#define POSTERN_MTA_FILTERS_MILTER_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/milter/envelope.h"
#include "lib/milter/macros.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"
#include "mta/filters/filtered_message.h"
#include "mta/filters/milter_client.h"
#include "mta/filters/milters.h"
#include "mta/smtp/reply.h"

namespace postern::mta::filters {

// What all filters together say at one stage.
struct Judgement {
  std::optional<smtp::Reply> refusal;  // Unset: nothing against it.
  bool discards = false;               // To be taken, and dropped.
  bool holds = false;                  // To be kept for a person to look at.
};

// The body that is shown, piece by piece.
struct BodySource {
  size_t pieces = 0;
  std::function<absl::StatusOr<std::string>(size_t piece)> read;
};

class MilterChain {
 public:
  struct Client {
    std::string name;  // "[192.0.2.1]" without one.
    std::optional<net::IpAddress> address;
    uint16_t port = 0;
  };

  // `drain` must outlive it.
  MilterChain(std::shared_ptr<const MilterPlan> plan, net::Drain& drain,
              std::string session);
  MilterChain(const MilterChain&) = delete;
  MilterChain& operator=(const MilterChain&) = delete;
  ~MilterChain();

  // Whether there is anybody to ask.
  bool is_active() const { return !groups_.empty(); }

  // Whether a filter may be told of this macro, without braces, at the stage;
  // of one that is not connected that is not known yet.
  bool IsTold(milter::Stage stage, absl::string_view macro) const;

  // A client has connected; again, when it is another one (XCLIENT).
  net::Task<Judgement> Connect(Client client, milter::Macros known);
  net::Task<Judgement> Helo(std::string name, milter::Macros known);
  // A message begins.
  net::Task<Judgement> Sender(milter::Path path, milter::Macros known);
  net::Task<Judgement> Recipient(milter::Path path, milter::Macros known);
  // A recipient that we have refused; told to those that want to know of it,
  // whose verdicts do not matter. `known` says why (client_session.h).
  net::Task<> RejectedRecipient(milter::Path path, milter::Macros known);
  bool wants_rejected_recipients() const;
  net::Task<Judgement> Data(milter::Macros known);
  net::Task<Judgement> Unknown(std::string line);
  // Shows the content and makes the changes, unless it is refused. `message`
  // and `body` must outlive the task.
  net::Task<Judgement> Message(FilteredMessage& message, const BodySource& body,
                               milter::Macros known);
  // The message is over, however it ended.
  void EndMessage();
  // The client is gone: connections are given back.
  void EndClient();

 private:
  struct Member;
  using Group = std::vector<std::unique_ptr<Member>>;
  // Asks one member; the verdict, or what went wrong.
  using Ask = std::function<net::Task<absl::StatusOr<milter::Verdict>>(
      Member& member, net::Deadline deadline)>;

  net::Task<Judgement> AskAll(Ask ask, bool is_in_message);
  net::Task<> AskMember(Member& member, const Ask& ask, net::Deadline deadline);
  net::Task<absl::StatusOr<milter::Verdict>> Introduce(Member& member,
                                                       net::Deadline deadline);
  net::Task<absl::StatusOr<milter::Verdict>> AskRecipient(
      Member& member, const milter::Path& path, const milter::Macros& known,
      net::Deadline deadline);
  static net::Task<absl::StatusOr<milter::Verdict>> ShowRejected(
      Member& member, const milter::Path& path, const milter::Macros& known,
      net::Deadline deadline);
  net::Task<> ShowMessage(Member& member, const FilteredMessage& message,
                          const BodySource& body, const milter::Macros& known,
                          net::Deadline deadline);
  net::Task<absl::StatusOr<milter::Verdict>> ShowContent(
      Member& member, const FilteredMessage& message, const BodySource& body,
      const milter::Macros& known, net::Deadline deadline);
  net::Task<absl::StatusOr<milter::Verdict>> ShowBody(Member& member,
                                                      const BodySource& body,
                                                      net::Deadline deadline);
  // Runs one task for each member of the group, all at once.
  net::Task<> Together(const Group& group,
                       std::function<net::Task<>(Member&)> task);
  void Fail(Member& member, const absl::Status& why);
  static void GiveBack(Member& member);
  // Adds what the member has said; true: that is the end of it.
  static bool Add(const milter::Verdict& verdict, Judgement& judgement);
  bool AddFailure(const Member& member, Judgement& judgement) const;

  const std::shared_ptr<const MilterPlan> plan_;
  net::Drain& drain_;
  const std::string session_;
  std::vector<Group> groups_;
  // What a new connection is told first.
  Client client_;
  std::optional<milter::Macros> connect_macros_;
  std::string helo_;
  milter::Macros helo_macros_;
  bool has_helo_ = false;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_MILTER_CHAIN_H_
