// Lets one thread of a relay that runs as root use files as somebody else.
//
//   const ActingAs acting(owner);       // until the end of the block
//   if (!acting.ok()) …                 // nothing may be written
//
// What is opened and made meanwhile is the other user's, and the system refuses
// what that user may not do: a symbolic link in a home directory leads nowhere
// that its owner could not go. Nothing happens in a process that is not root.
//
// Source:  setfsuid(2): the identity for files belongs to the thread.
// Threads: acts on the thread that made it; destroy it there.

#ifndef POSTERN_MTA_OUTBOUND_ACTING_AS_H_
#define POSTERN_MTA_OUTBOUND_ACTING_AS_H_

#include <sys/types.h>

#include <optional>
#include <vector>

namespace postern::mta::outbound {

struct FileOwner {
  uid_t uid = 0;
  gid_t gid = 0;

  friend bool operator==(const FileOwner&, const FileOwner&) = default;
};

class ActingAs {
 public:
  // No owner: as we are.
  explicit ActingAs(std::optional<FileOwner> owner);
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
  ~ActingAs();

  bool ok() const { return ok_; }

 private:
  bool ok_ = true;
  bool is_acting_ = false;
  std::vector<gid_t> groups_;  // That the thread had.
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_ACTING_AS_H_
