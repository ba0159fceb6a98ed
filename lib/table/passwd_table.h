// unix:passwd.byname and unix:group.byname: the accounts of this machine as a
// table. The value of a user is its line of passwd(5), of a group its line of
// group(5).
//
// The system may have to ask a directory server, so Find() does it on the
// blocking pool, and remembers the answer for a minute.
//
// Source:  DATABASE_README: unix.
// Errors:  Create(): InvalidArgument for another name. Find(): Unavailable when
//          the system cannot tell.
// Threads: locks internally. Lookup() blocks: use Find().
// Limits:  10 000 answers are remembered.

#ifndef POSTERN_LIB_TABLE_PASSWD_TABLE_H_
#define POSTERN_LIB_TABLE_PASSWD_TABLE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/table/table.h"

namespace postern::table {

class PasswdTable final : public Table {
 public:
  // `name` is what follows "unix:".
  static absl::StatusOr<std::unique_ptr<Table>> Create(absl::string_view name);

  bool is_local() const override { return false; }
  std::optional<std::string> Lookup(absl::string_view key) const override;
  absl::StatusOr<bool> Refresh() override { return false; }

 private:
  using Answer = absl::StatusOr<std::optional<std::string>>;
  struct Remembered {
    std::optional<std::string> value;
    absl::Time until;
  };

  explicit PasswdTable(bool is_group) : is_group_(is_group) {}
  net::Task<Answer> Ask(std::string key) const override;
  Answer AskSystem(const std::string& key) const;

  const bool is_group_;
  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_map<std::string, Remembered> remembered_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_PASSWD_TABLE_H_
