// The files of a key rotation: the key table, and the list of rotations beside
// it (lib/dkim/rotation_list.h).
//
//   RotationFiles files("/etc/postern/keytable");
//   RETURN_IF_ERROR(files.Put(rotation));
//   RETURN_IF_ERROR(files.Switch(rotation));
//
// Each call reads what is there, changes its part and writes the whole, while
// it holds the lock of the folder: several rotations may go on side by side.
// Files keep their owner and their mode.
//
// Errors:  what files say; Unavailable: another program has the lock for long.
//          The text begins with the path.
// Threads: main.cc only; blocks.

#ifndef POSTERN_CTL_ROTATION_FILES_H_
#define POSTERN_CTL_ROTATION_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ctl/key_list.h"
#include "lib/dkim/rotation_list.h"

namespace postern::ctl {

class RotationFiles {
 public:
  explicit RotationFiles(std::string key_table);

  const std::string& key_table() const { return key_table_; }

  // The rotations that are under way.
  absl::StatusOr<std::vector<dkim::Rotation>> Read() const;

  // Adds a rotation to the list, or puts it in the place of the one of the same
  // domain and type.
  absl::Status Put(const dkim::Rotation& rotation) const;
  absl::Status Remove(const dkim::Rotation& rotation) const;

  // The lines of the key table that are for the domain, with keys of the type.
  absl::StatusOr<std::vector<KeyLine>> Lines(const std::string& domain,
                                             dkim::KeyType type) const;

  // Has the new key in all lines of the key table that have an old one.
  absl::Status Switch(const dkim::Rotation& rotation) const;

 private:
  absl::Status Write(const std::vector<dkim::Rotation>& rotations) const;

  const std::string key_table_;
  const std::string list_;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_ROTATION_FILES_H_
