// What the checks say about a message as a whole.
//
// Threads: a value.

#ifndef POSTERN_MTA_CONTENT_VERDICT_H_
#define POSTERN_MTA_CONTENT_VERDICT_H_

#include <optional>

#include "mta/restrictions/message_actions.h"
#include "mta/smtp/reply.h"

namespace postern::mta::content {

struct Verdict {
  std::optional<smtp::Reply> refusal;    // Of the whole message.
  restrictions::MessageActions actions;  // Without headers.
};

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_VERDICT_H_
