// redis:name, a table that all replicas share: the fields of one Redis hash.
//
//   redis-cli HSET postern:access example.org "REJECT go away"   # redis:access
//
// The hash's key is the client's key prefix and the table's name. What a peer
// sent is only ever the name of a field, one argument of one command, so it
// cannot reach another key or end the command (MTA-32). Fields are in lower
// case, as the keys of hash tables are.
//
// Errors:  Find(): Unavailable, whatever Redis or the stored data suffer from;
//          never "not found".
// Threads: Find() from any reactor.
// Limits:  values of 64 KiB.

#ifndef POSTERN_LIB_TABLE_REDIS_TABLE_H_
#define POSTERN_LIB_TABLE_REDIS_TABLE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/redis/client.h"
#include "lib/table/table.h"

namespace postern::table {

class RedisTable final : public Table {
 public:
  // `client` must outlive the table. InvalidArgument if `name` is empty, too
  // long, or not made of letters, digits and ".", "_", "-", ":".
  static absl::StatusOr<std::unique_ptr<Table>> Open(absl::string_view name,
                                                     redis::Client& client,
                                                     absl::Duration timeout);

  std::optional<std::string> Lookup(absl::string_view key) const override;
  bool is_local() const override { return false; }
  absl::StatusOr<bool> Refresh() override { return false; }

 private:
  RedisTable(absl::string_view name, redis::Client& client,
             absl::Duration timeout);

  net::Task<absl::StatusOr<std::optional<std::string>>> Ask(
      std::string key) const override;
  absl::Status Failed(const absl::Status& why) const;

  const std::string name_;
  const std::string hash_key_;
  const absl::Duration timeout_;
  redis::Client& client_;
};

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_REDIS_TABLE_H_
