// What to say about content that breaks a rule.
//
// Threads: pure.

#ifndef POSTERN_MTA_SERVER_PROBLEM_REPLY_H_
#define POSTERN_MTA_SERVER_PROBLEM_REPLY_H_

#include "mta/smtp/data_reader.h"
#include "mta/smtp/reply.h"

namespace postern::mta::server {

// Returns the refusal; kNone has none and must not be asked for.
smtp::Reply ReplyToProblem(smtp::DataReader::Problem problem);

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_PROBLEM_REPLY_H_
