// The filter's side of the protocol: takes packets in, puts replies out. No
// socket, no waiting: server.h has those.
//
//   ASSIGN_OR_RETURN(Dialogue::Next next, dialogue.Take(packet, replies));
//   if (next == Dialogue::Next::kCheck) {
//     const Verdict verdict = co_await session.Check(command, deadline);
//     dialogue.AppendAnswer(command, verdict, replies);
//   } else if (next == Dialogue::Next::kFinish) {
//     const Changes changes = co_await session.Finish(deadline);
//     dialogue.AppendOutcome(changes, replies);
//   }
//
// A step that was agreed upon to be silent gets no reply; each other one is
// answered with what the filter says of it, else with CONTINUE, or ACCEPT once
// the filter has declined the message, or SKIP when it wants no more of the
// body.
//
// Errors:  Take() returns InvalidArgument for what no server says: close.
// Threads: one at a time.

#ifndef POSTERN_LIB_MILTER_DIALOGUE_H_
#define POSTERN_LIB_MILTER_DIALOGUE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/command.h"
#include "lib/milter/filter_session.h"
#include "lib/milter/packet.h"

namespace postern::milter {

class Dialogue {
 public:
  enum class Next {
    kMore,    // Go on with the next packet.
    kCheck,   // The filter says what becomes of this step: have it checked.
    kFinish,  // The message is there: have the session finish it.
    kClose,   // The server has said so.
  };

  // `session` must outlive it.
  explicit Dialogue(FilterSession& session) : session_(session) {}

  // Appends to `replies` what the packet is answered with.
  absl::StatusOr<Next> Take(const Packet& packet, std::string& replies);

  // The letter of a packet for which Take() has said kCheck, and what the
  // filter says.
  void AppendAnswer(Command command, const Verdict& verdict,
                    std::string& replies);
  // What follows after kFinish: the changes, then the verdict.
  void AppendOutcome(const Changes& changes, std::string& replies);

  // Whether no client's connection is open: the server keeps this one for the
  // next, and loses nothing when it is closed now.
  bool is_between_clients() const { return is_between_clients_; }

 private:
  absl::Status Negotiate(absl::string_view body, std::string& replies);
  absl::Status TakeMacros(absl::string_view body);
  absl::Status TakeEnvelope(Command command, absl::string_view body);
  absl::Status TakeHeader(absl::string_view body);
  // The reply to a step that the filter says nothing of.
  void Answer(Command command, std::string& replies);

  FilterSession& session_;
  bool has_agreed_ = false;
  bool is_between_clients_ = false;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_DIALOGUE_H_
