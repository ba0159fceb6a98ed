// posternctl dkim keygen, dns and testkey: keys made, shown and compared with
// the DNS.
//
// Source:  opendkim-genkey(8), opendkim-testkey(8).
// Threads: main.cc only.

#ifndef POSTERN_CTL_DKIM_KEYS_H_
#define POSTERN_CTL_DKIM_KEYS_H_

#include <vector>

#include "ctl/verb.h"

namespace postern::ctl {

std::vector<Verb> DkimKeyVerbs();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_DKIM_KEYS_H_
