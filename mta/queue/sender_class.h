// Who counts as one sender where senders take turns.
//
// A bulk mailer often gives every message a sender of its own (VERP:
// "news-4711-jane=example.org@list.example"). What tells the messages apart is
// cut off, so that it is one sender with one turn.
//
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_SENDER_CLASS_H_
#define POSTERN_MTA_QUEUE_SENDER_CLASS_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace postern::mta::queue {

// Returns a number that is equal for addresses (without brackets) that count as
// one sender. It differs from run to run.
size_t SenderClass(absl::string_view sender);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SENDER_CLASS_H_
