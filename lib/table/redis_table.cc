#include "lib/table/redis_table.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/net/deadline.h"

namespace postern::table {
namespace {

constexpr size_t kMaxNameBytes = 128;
constexpr size_t kMaxValueBytes = 64 << 10;

bool IsNameByte(char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-' || c == ':';
}

}  // namespace

absl::StatusOr<std::unique_ptr<Table>> RedisTable::Open(
    absl::string_view name, redis::Client& client, absl::Duration timeout) {
  if (name.empty() || name.size() > kMaxNameBytes ||
      !std::all_of(name.begin(), name.end(), IsNameByte)) {
    return absl::InvalidArgumentError(
        absl::StrCat("redis:", Printable(name),
                     ": a name of letters, digits, \".\", \"_\", \"-\" and "
                     "\":\" is wanted"));
  }
  return absl::WrapUnique(new RedisTable(name, client, timeout));
}

RedisTable::RedisTable(absl::string_view name, redis::Client& client,
                       absl::Duration timeout)
    : name_(name),
      hash_key_(absl::StrCat(client.key_prefix(), name)),
      timeout_(timeout),
      client_(client) {}

std::optional<std::string> RedisTable::Lookup(absl::string_view) const {
  assert(is_local());
  return std::nullopt;
}

net::Task<absl::StatusOr<std::optional<std::string>>> RedisTable::Ask(
    std::string key) const {
  absl::AsciiStrToLower(&key);
  const absl::string_view command[] = {"HGET", hash_key_, key};
  const net::Deadline deadline = net::Deadline::After(timeout_);
  const absl::StatusOr<redis::Reply> reply =
      co_await client_.Command(command, hash_key_, deadline);
  if (!reply.ok()) co_return Failed(reply.status());
  std::optional<std::string> value;
  if (reply->is_nil()) co_return value;
  const absl::StatusOr<absl::string_view> text = reply->String(kMaxValueBytes);
  if (!text.ok()) co_return Failed(text.status());
  value.emplace(*text);
  co_return value;
}

absl::Status RedisTable::Failed(const absl::Status& why) const {
  return absl::UnavailableError(
      absl::StrCat("redis:", name_, ": ", why.message()));
}

}  // namespace postern::table
