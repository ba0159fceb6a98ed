// posternctl dkim rotate: a new key takes the place of an old one, once the DNS
// has it, and the old one is revoked (key_rotation.h).
//
// Threads: main.cc only.

#ifndef POSTERN_CTL_DKIM_ROTATION_H_
#define POSTERN_CTL_DKIM_ROTATION_H_

#include "ctl/verb.h"

namespace postern::ctl {

Verb DkimRotateVerb();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_DKIM_ROTATION_H_
