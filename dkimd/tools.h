// What all messages work with.
//
// Threads: each part says so itself; all are safe to share.

#ifndef POSTERN_DKIMD_TOOLS_H_
#define POSTERN_DKIMD_TOOLS_H_

#include "dkimd/key_store.h"
#include "dkimd/meters.h"
#include "dkimd/replay_counter.h"
#include "lib/base/clock.h"
#include "lib/base/line_budget.h"
#include "lib/dkim/key_finder.h"

namespace postern::dkimd {

struct Tools {
  KeyStore& private_keys;
  dkim::KeyFinder& public_keys;
  ReplayCounter* replay;  // Null: nothing is counted.
  const Clock& clock;
  Meters& meters;
  LineBudget& lines;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_TOOLS_H_
