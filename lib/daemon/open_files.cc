#include "lib/daemon/open_files.h"

#include <sys/resource.h>

namespace postern::daemon {

void RaiseOpenFilesLimit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace postern::daemon
