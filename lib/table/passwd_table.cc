#include "lib/table/passwd_table.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/net/runtime.h"

namespace postern::table {
namespace {

constexpr absl::Duration kRemember = absl::Minutes(1);
constexpr size_t kMaxRemembered = 10'000;
constexpr size_t kMaxNameBytes = 256;
constexpr size_t kBufferBytes = 64 << 10;

// Returns an errno as a failure to ask, or no user. Some systems say ENOENT,
// ESRCH, EBADF or EPERM for somebody who is not there: getpwnam(3).
absl::StatusOr<std::optional<std::string>> NotThere(int error) {
  if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF ||
      error == EPERM) {
    return std::nullopt;
  }
  return absl::UnavailableError(
      ErrnoStatus(error, "unix:passwd.byname").message());
}

absl::StatusOr<std::optional<std::string>> UserLine(const char* name) {
  std::vector<char> buffer(kBufferBytes);
  struct passwd user;
  struct passwd* found = nullptr;
  const int error =
      ::getpwnam_r(name, &user, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return NotThere(error);
  return absl::StrCat(user.pw_name, ":x:", user.pw_uid, ":", user.pw_gid, ":",
                      user.pw_gecos, ":", user.pw_dir, ":", user.pw_shell);
}

absl::StatusOr<std::optional<std::string>> GroupLine(const char* name) {
  std::vector<char> buffer(kBufferBytes);
  struct group group;
  struct group* found = nullptr;
  const int error =
      ::getgrnam_r(name, &group, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return NotThere(error);
  std::vector<std::string> members;
  for (char** member = group.gr_mem; *member != nullptr; ++member) {
    members.emplace_back(*member);
  }
  return absl::StrCat(group.gr_name, ":x:", group.gr_gid, ":",
                      absl::StrJoin(members, ","));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Table>> PasswdTable::Create(
    absl::string_view name) {
  if (name != "passwd.byname" && name != "group.byname") {
    return absl::InvalidArgumentError(
        absl::StrCat("\"unix:", Printable(name),
                     "\": unix:passwd.byname or unix:group.byname is wanted"));
  }
  return std::unique_ptr<Table>(new PasswdTable(name == "group.byname"));
}

PasswdTable::Answer PasswdTable::AskSystem(const std::string& key) const {
  return is_group_ ? GroupLine(key.c_str()) : UserLine(key.c_str());
}

std::optional<std::string> PasswdTable::Lookup(absl::string_view key) const {
  return AskSystem(std::string(key)).value_or(std::nullopt);
}

net::Task<PasswdTable::Answer> PasswdTable::Ask(std::string key) const {
  key = absl::AsciiStrToLower(key);
  // An address is no account's name; a NUL would end it early.
  if (key.empty() || key.size() > kMaxNameBytes ||
      absl::string_view(key).find_first_of(absl::string_view("@:/\0", 4)) !=
          key.npos) {
    co_return std::nullopt;
  }
  const absl::Time now = absl::Now();
  {
    absl::MutexLock lock(&mutex_);
    const auto it = remembered_.find(key);
    if (it != remembered_.end() && it->second.until > now) {
      co_return it->second.value;
    }
  }
  const auto ask = [this, &key] { return AskSystem(key); };
  Answer answer = co_await net::Blocking(ask);
  if (answer.ok()) {
    absl::MutexLock lock(&mutex_);
    if (remembered_.size() >= kMaxRemembered) remembered_.clear();
    remembered_[key] = {*answer, now + kRemember};
  }
  co_return answer;
}

}  // namespace postern::table
