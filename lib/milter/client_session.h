// The mail server's side of the protocol: what to say at each stage, whether a
// reply is to be awaited, and what the replies mean. No socket, no waiting:
// conversation.h has those.
//
//   ClientSession session(macro_lists);
//   session.AppendOffer(output);                     // send, read a packet:
//   RETURN_IF_ERROR(session.TakeAnswer(packet));
//   if (session.Connect(client, known_macros, output)) {   // send, read:
//     ASSIGN_OR_RETURN(std::optional<Verdict> verdict,
//                      session.TakeReply(packet));   // nullopt: read on
//   }
//
// A step that the filter does not want, or that it answers not, is over at
// once: it continues. So does every step after the filter has accepted the
// message (until it ends) or the connection (until the next client).
//
// Source:  sendmail's libmilter documentation for what a filter may reply when;
//          Postfix's milter8.c for what a server sends.
// Errors:  TakeAnswer() and TakeReply() return InvalidArgument for what a
// filter
//          may not say there: a malformed packet, a change that was not agreed
//          upon or comes before the end of the message, SKIP or DISCARD where
//          there is nothing to skip or discard, more than the limits (MTA-28).
//          Nothing can be said after that: close, and let the failure mode of
//          the filter count for this message. No change of it counts.
// Threads: one at a time.
// Limits:  ClientLimits for one message.

#ifndef POSTERN_LIB_MILTER_CLIENT_SESSION_H_
#define POSTERN_LIB_MILTER_CLIENT_SESSION_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"
#include "lib/milter/command.h"
#include "lib/milter/options.h"
#include "lib/milter/packet.h"

namespace postern::milter {

// Names of macros by stage, separated by spaces or commas:
// milter_connect_macros and its sisters. A filter that chooses its own
// (SETSYMLIST) gets those.
using MacroLists = std::array<std::string, kStages>;

// UsualMacros() of every stage.
MacroLists UsualMacroLists();

struct ClientLimits {
  size_t max_changes = 10'000;
  size_t max_change_bytes = size_t{8} << 20;  // Of all but the new body.
  size_t max_body_bytes = size_t{100} << 20;
  size_t max_progress = 1'000;  // In a row.
};

class ClientSession {
 public:
  // `version` is what is offered, 6 at most.
  explicit ClientSession(MacroLists macros, ClientLimits limits = {},
                         uint32_t version = kNewestVersion);

  void AppendOffer(std::string& output) const;
  absl::Status TakeAnswer(const Packet& packet);

  // Each appends what is to be sent and tells whether a reply is to be awaited.
  // `known` has all macros that the server knows by now: the ones of the stage
  // are told.
  bool Connect(const ConnectCommand& client, const Macros& known,
               std::string& output);
  bool Helo(absl::string_view name, const Macros& known, std::string& output);
  bool Sender(const Path& path, const Macros& known, std::string& output);
  bool Recipient(const Path& path, const Macros& known, std::string& output);
  // One that the server has refused; what is replied to that changes nothing of
  // it. `known` says why, as Postfix does: {rcpt_mailer} is "error",
  // {rcpt_host} the enhanced status code, {rcpt_addr} the text.
  bool RejectedRecipient(const Path& path, const Macros& known,
                         std::string& output);
  bool Data(const Macros& known, std::string& output);
  bool Unknown(absl::string_view line, std::string& output);
  // `value` is what stands behind the colon, with the line ends between its
  // lines as CR LF or LF.
  bool Header(absl::string_view name, absl::string_view value,
              std::string& output);
  bool EndOfHeader(const Macros& known, std::string& output);
  // A chunk: `begin` and `rest` have kBodyChunkBytes together at most.
  bool Body(absl::string_view begin, absl::string_view rest,
            std::string& output);
  // TakeChanges() has the changes once the verdict is there.
  bool EndOfMessage(const Macros& known, std::string& output);

  // The message is over, or given up; another may begin.
  void EndMessage(std::string& output);
  // The client is gone, and the connection is kept for the next one. False: the
  // filter does not know of that (QUIT_NC); quit instead.
  bool EndClient(std::string& output);
  static void Quit(std::string& output);

  // Whether the filter is told of this macro, without braces, at the stage.
  bool IsTold(Stage stage, absl::string_view name) const;

  // Whether the filter wants to see more of this message.
  bool wants_message() const { return !has_accepted_ && !has_decided_; }
  bool wants_body() const;
  bool wants_rejected_recipients() const;

  // Takes a packet while a reply is awaited; nullopt: there is more to come.
  // SHUTDOWN and CONN_FAIL are replies with 421: the client is to be turned
  // off.
  absl::StatusOr<std::optional<Verdict>> TakeReply(const Packet& packet);
  // Whether the last packet was PROGRESS: the filter asks for more time.
  bool is_in_progress() const { return progress_ > 0; }

  // What the filter wants changed, in order, with a new body in one piece and
  // the verdict. Once, after the verdict of EndOfMessage().
  Changes TakeChanges();

  const Options& agreed() const { return agreed_; }

 private:
  // Whether `command` is said at all.
  bool Says(Command command) const;
  // Whether what was said is answered.
  bool Awaits(Command command);
  void TellMacros(Command command, Stage stage, const Macros& known,
                  std::string& output) const;
  absl::Status TakeChange(Change change);
  absl::StatusOr<std::optional<Verdict>> TakeVerdict(Verdict verdict);
  void ForgetMessage();

  const MacroLists lists_;
  const ClientLimits limits_;
  const Options offer_;
  Options agreed_;
  std::array<std::vector<std::string>, kStages> macro_names_;
  Command awaited_ = Command::kOptions;
  bool is_in_message_ = false;
  bool has_accepted_ = false;  // The connection.
  bool has_decided_ = false;   // About the message.
  bool has_skipped_ = false;   // The rest of the body.
  size_t progress_ = 0;
  size_t change_bytes_ = 0;
  Changes changes_;
  std::optional<size_t> body_;  // Where it is in the list below.
  std::vector<Change> list_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_CLIENT_SESSION_H_
