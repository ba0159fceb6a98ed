// Room for as many sockets and files as the system lets us have.
//
// A shell or container starts programs with 1024 because of select(2), which
// nothing here uses; a relay that holds ten thousand sessions needs more.
//
// Source:  getrlimit(2), RLIMIT_NOFILE.
// Threads: any.

#ifndef POSTERN_LIB_DAEMON_OPEN_FILES_H_
#define POSTERN_LIB_DAEMON_OPEN_FILES_H_

namespace postern::daemon {

// Raises the soft limit of open files to the hard one; where that is not
// allowed the limit stays.
void RaiseOpenFilesLimit();

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_OPEN_FILES_H_
