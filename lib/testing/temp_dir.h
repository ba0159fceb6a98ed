// A private directory that is removed with everything in it.

#ifndef POSTERN_LIB_TESTING_TEMP_DIR_H_
#define POSTERN_LIB_TESTING_TEMP_DIR_H_

#include <string>

namespace postern::testing {

class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  // Returns the directory's absolute path, without a slash at the end. It is
  // short enough for Unix sockets below it.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace postern::testing

#endif  // POSTERN_LIB_TESTING_TEMP_DIR_H_
