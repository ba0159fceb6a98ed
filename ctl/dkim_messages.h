// posternctl dkim sign, verify and seal: a message of a file.
//
// Threads: main.cc only.

#ifndef POSTERN_CTL_DKIM_MESSAGES_H_
#define POSTERN_CTL_DKIM_MESSAGES_H_

#include <vector>

#include "ctl/verb.h"

namespace postern::ctl {

std::vector<Verb> DkimMessageVerbs();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_DKIM_MESSAGES_H_
