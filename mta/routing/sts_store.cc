#include "mta/routing/sts_store.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/kv/store.h"
#include "lib/net/deadline.h"
#include "lib/redis/reply.h"

namespace postern::mta::routing {
namespace {

constexpr absl::string_view kFormat = "1";
constexpr size_t kMemoryBytes = 4 << 20;
constexpr size_t kMaxStoredBytes = StsPolicy::kMaxBytes + 100;
// The Redis client ends it sooner.
constexpr absl::Duration kLongest = absl::Seconds(1);

void Report(absl::string_view domain, const absl::Status& trouble) {
  log::Warning("mta_sts_store_failed",
               {{"domain", domain}, {"error", trouble}});
}

std::optional<StoredSts> Understood(absl::string_view domain,
                                    absl::string_view text) {
  absl::StatusOr<StoredSts> stored = ParseStoredSts(text);
  if (stored.ok()) return *std::move(stored);
  Report(domain, stored.status());
  return std::nullopt;
}

class DiskStore final : public StsStore {
 public:
  explicit DiskStore(std::unique_ptr<kv::Store> store)
      : store_(std::move(store)) {}

  net::Task<std::optional<StoredSts>> Get(std::string domain) override {
    const absl::StatusOr<std::optional<std::string>> text = store_->Get(domain);
    if (!text.ok()) Report(domain, text.status());
    if (!text.ok() || !text->has_value()) co_return std::nullopt;
    co_return Understood(domain, **text);
  }

  net::Task<> Put(std::string domain, StoredSts stored) override {
    const absl::Status put =
        store_->Put(domain, FormatStoredSts(stored), stored.expires());
    if (!put.ok()) Report(domain, put);
    co_return;
  }

 private:
  const std::unique_ptr<kv::Store> store_;
};

class RedisStore final : public StsStore {
 public:
  explicit RedisStore(redis::Client& client) : client_(client) {}

  net::Task<std::optional<StoredSts>> Get(std::string domain) override {
    const std::string key = KeyOf(domain);
    const std::array<absl::string_view, 2> command = {"GET", key};
    const net::Deadline deadline = net::Deadline::After(kLongest);
    const absl::StatusOr<redis::Reply> reply =
        co_await client_.Command(command, key, deadline);
    if (reply.ok() && reply->is_nil()) co_return std::nullopt;
    const absl::StatusOr<absl::string_view> text =
        reply.ok() ? reply->String(kMaxStoredBytes) : reply.status();
    if (text.ok()) co_return Understood(domain, *text);
    Report(domain, text.status());
    co_return std::nullopt;
  }

  net::Task<> Put(std::string domain, StoredSts stored) override {
    const std::string key = KeyOf(domain);
    const std::string value = FormatStoredSts(stored);
    const std::string lifetime =
        absl::StrCat(absl::ToInt64Seconds(stored.policy.max_age));
    const std::array<absl::string_view, 5> command = {"SET", key, value, "EX",
                                                      lifetime};
    const net::Deadline deadline = net::Deadline::After(kLongest);
    const absl::StatusOr<redis::Reply> reply =
        co_await client_.Command(command, key, deadline);
    if (!reply.ok()) Report(domain, reply.status());
  }

 private:
  std::string KeyOf(absl::string_view domain) const {
    const std::array<absl::string_view, 2> parts = {"mta-sts", domain};
    return client_.MakeKey(domain, parts);
  }

  redis::Client& client_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StsStore>> OpenStsStore(
    const std::string& directory, const Clock& clock) {
  kv::Options options;
  options.directory = directory;
  options.memory_bytes = kMemoryBytes;
  ASSIGN_OR_RETURN(std::unique_ptr<kv::Store> store,
                   kv::Store::Open(options, clock));
  return std::make_unique<DiskStore>(std::move(store));
}

std::unique_ptr<StsStore> MakeStsStore(redis::Client& client) {
  return std::make_unique<RedisStore>(client);
}

std::string FormatStoredSts(const StoredSts& stored) {
  return absl::StrCat(kFormat, " ", stored.id, " ",
                      absl::ToUnixSeconds(stored.fetched), "\n", stored.file);
}

absl::StatusOr<StoredSts> ParseStoredSts(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  const std::vector<absl::string_view> words =
      absl::StrSplit(halves.first, ' ');
  int64_t fetched = 0;
  if (words.size() != 3 || words[0] != kFormat ||
      !absl::SimpleAtoi(words[2], &fetched)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a stored policy: \"", Printable(halves.first), "\""));
  }
  StoredSts stored;
  ASSIGN_OR_RETURN(stored.policy, ParseStsPolicy(halves.second));
  stored.id = std::string(words[1]);
  stored.fetched = absl::FromUnixSeconds(fetched);
  stored.file = std::string(halves.second);
  return stored;
}

}  // namespace postern::mta::routing
