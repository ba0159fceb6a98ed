// posternctl queue import: messages of a file into the relay's queue.
//
// Threads: main.cc only.

#ifndef POSTERN_CTL_QUEUE_IMPORT_H_
#define POSTERN_CTL_QUEUE_IMPORT_H_

#include "ctl/verb.h"

namespace postern::ctl {

Verb ImportVerb();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_QUEUE_IMPORT_H_
