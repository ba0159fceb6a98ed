// posternctl queue export: messages of the relay's queue into a file.
//
// Threads: main.cc only.

#ifndef POSTERN_CTL_QUEUE_EXPORT_H_
#define POSTERN_CTL_QUEUE_EXPORT_H_

#include "ctl/verb.h"

namespace postern::ctl {

Verb ExportVerb();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_QUEUE_EXPORT_H_
