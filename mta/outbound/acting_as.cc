#include "mta/outbound/acting_as.h"

#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace postern::mta::outbound {
namespace {

// The library's setgroups() changes every thread, the system's only this one.
bool SetThreadGroups(const std::vector<gid_t>& groups) {
  return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

// Both return the old number whether they did it or not.
bool SetFileIds(uid_t uid, gid_t gid) {
  ::setfsgid(gid);
  ::setfsuid(uid);
  return ::setfsgid(gid) == static_cast<int>(gid) &&
         ::setfsuid(uid) == static_cast<int>(uid);
}

}  // namespace

ActingAs::ActingAs(std::optional<FileOwner> owner) {
  if (!owner || ::geteuid() != 0 || owner->uid == 0) return;
  const int count = ::getgroups(0, nullptr);
  groups_.resize(count < 0 ? 0 : count);
  ok_ = count >= 0 && ::getgroups(count, groups_.data()) == count &&
        SetThreadGroups({});
  if (!ok_) return;
  is_acting_ = true;
  ok_ = SetFileIds(owner->uid, owner->gid);
}

ActingAs::~ActingAs() {
  if (!is_acting_) return;
  // The thread serves others next: it must not go on as somebody else.
  if (!SetFileIds(::geteuid(), ::getegid()) || !SetThreadGroups(groups_)) {
    std::abort();
  }
}

}  // namespace postern::mta::outbound
