// The part of dialogue.h in which another relay hands its mail over.

#include <utility>

#include "mta/server/dialogue.h"

namespace postern::mta::server {

using smtp::Reply;
using Next = Step::Next;

// What follows a message that is refused here nobody reads: close.
Step Dialogue::RefuseHandoff(Reply reply) {
  const bool has_content =
      command_.handoff.kind == smtp::HandoffCommand::Kind::kMessage;
  return has_content ? Close(std::move(reply)) : Say(std::move(reply));
}

Step Dialogue::Handoff() {
  if (!Offered().xhandoff) {
    return RefuseHandoff({502, "5.5.1", "Error: command not implemented"});
  }
  if (helo_name_.empty()) {
    return RefuseHandoff({503, "5.5.1", "Error: send EHLO first"});
  }
  if (transaction_) {
    return RefuseHandoff({503, "5.5.1", "Error: MAIL transaction in progress"});
  }
  return {Next::kHandoff, {}};
}

Step Dialogue::OnHandoff(HandoffAnswer answer) {
  if (answer.closes) return Close(std::move(answer.reply));
  if (answer.reply.is_positive()) idle_commands_ = 0;
  // Our fault, or nobody's.
  if (answer.reply.kind() == 4) return {Next::kGoOn, std::move(answer.reply)};
  return Say(std::move(answer.reply));
}

}  // namespace postern::mta::server
