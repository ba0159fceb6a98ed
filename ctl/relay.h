// posternctl relay: what the relay is doing, and how to slow it down.

#ifndef POSTERN_CTL_RELAY_H_
#define POSTERN_CTL_RELAY_H_

#include <vector>

#include "ctl/verb.h"

namespace postern::ctl {

std::vector<Verb> RelayVerbs();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_RELAY_H_
