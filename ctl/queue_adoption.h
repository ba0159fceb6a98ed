// posternctl queue adopt: takes over the queue of a relay that is gone.

#ifndef POSTERN_CTL_QUEUE_ADOPTION_H_
#define POSTERN_CTL_QUEUE_ADOPTION_H_

#include "ctl/verb.h"

namespace postern::ctl {

Verb AdoptVerb();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_QUEUE_ADOPTION_H_
