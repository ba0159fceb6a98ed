// What a relay that hands mail over is told.
//
// Threads: a value.

#ifndef POSTERN_MTA_SERVER_HANDOFF_ANSWER_H_
#define POSTERN_MTA_SERVER_HANDOFF_ANSWER_H_

#include "mta/smtp/reply.h"

namespace postern::mta::server {

struct HandoffAnswer {
  smtp::Reply reply;
  // Nothing more can be understood, or is to be heard, from this client.
  bool closes = false;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_HANDOFF_ANSWER_H_
