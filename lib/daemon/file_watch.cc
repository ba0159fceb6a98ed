#include "lib/daemon/file_watch.h"

#include <sys/stat.h>

namespace postern::daemon {

FileWatch::Mark FileWatch::MarkOf(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
          info.st_mtim.tv_nsec};
}

void FileWatch::Add(const std::string& path) {
  files_.try_emplace(path, MarkOf(path));
}

bool FileWatch::HasChanged() {
  bool changed = false;
  for (auto& [path, mark] : files_) {
    const Mark now = MarkOf(path);
    changed = changed || now != mark;
    mark = now;
  }
  return changed;
}

}  // namespace postern::daemon
