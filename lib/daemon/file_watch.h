// Notices that files have changed, by asking now and then.
//
// Kubernetes replaces mounted files by renaming a link, editors rename a new
// file over the old one: so the file that a name leads to is compared, by
// device, inode, size and time.
//
// Threads: one at a time.

#ifndef POSTERN_LIB_DAEMON_FILE_WATCH_H_
#define POSTERN_LIB_DAEMON_FILE_WATCH_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

namespace postern::daemon {

class FileWatch {
 public:
  // Watches `path` from now on; it need not exist. Again changes nothing.
  void Add(const std::string& path);

  // Tells whether any file is another one than at the last call.
  bool HasChanged();

 private:
  // Device, inode, size, seconds and nanoseconds of the modification.
  using Mark = std::tuple<uint64_t, uint64_t, int64_t, int64_t, int64_t>;
  static Mark MarkOf(const std::string& path);

  std::map<std::string, Mark> files_;
};

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_FILE_WATCH_H_
