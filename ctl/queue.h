// posternctl queue: what waits in the relay, and how to hurry or delete it.

#ifndef POSTERN_CTL_QUEUE_H_
#define POSTERN_CTL_QUEUE_H_

#include <vector>

#include "ctl/verb.h"

namespace postern::ctl {

std::vector<Verb> QueueVerbs();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_QUEUE_H_
