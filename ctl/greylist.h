// posternctl greylist: what greylistd knows, exceptions to it, and the import
// of a postgrey database.

#ifndef POSTERN_CTL_GREYLIST_H_
#define POSTERN_CTL_GREYLIST_H_

#include <vector>

#include "ctl/verb.h"

namespace postern::ctl {

std::vector<Verb> GreylistVerbs();

}  // namespace postern::ctl

#endif  // POSTERN_CTL_GREYLIST_H_
