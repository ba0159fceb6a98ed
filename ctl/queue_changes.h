// posternctl queue: what is done to messages, by id, by filter or to all.

#ifndef POSTERN_CTL_QUEUE_CHANGES_H_
#define POSTERN_CTL_QUEUE_CHANGES_H_

#include <vector>

#include "ctl/verb.h"

namespace postern::ctl {

std::vector<Verb> QueueChangeVerbs();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_QUEUE_CHANGES_H_
