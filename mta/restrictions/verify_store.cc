#include "mta/restrictions/verify_store.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/kv/store.h"

namespace postern::mta::restrictions {
namespace {

constexpr size_t kMaxTextBytes = 500;
constexpr absl::string_view kFormat = "1";

class MemoryStore final : public VerifyStore {
 public:
  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  std::optional<VerifyRecord> Get(const std::string& address) const override {
    absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(address);
    if (found == entries_.end() || found->second.second <= clock_.Now()) {
      return std::nullopt;
    }
    return found->second.first;
  }

  void Put(const std::string& address, const VerifyRecord& record,
           absl::Time expires) override {
    absl::MutexLock lock(&mutex_);
    if (entries_.size() >= kMaxRecords) entries_.clear();
    entries_.insert_or_assign(address, std::pair(record, expires));
  }

 private:
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::pair<VerifyRecord, absl::Time>> entries_
      ABSL_GUARDED_BY(mutex_);
};

class DiskStore final : public VerifyStore {
 public:
  explicit DiskStore(std::unique_ptr<kv::Store> store)
      : store_(std::move(store)) {}

  std::optional<VerifyRecord> Get(const std::string& address) const override {
    const absl::StatusOr<std::optional<std::string>> stored =
        store_->Get(address);
    if (!stored.ok()) Report(stored.status());
    if (!stored.ok() || !stored->has_value()) return std::nullopt;
    absl::StatusOr<VerifyRecord> record = ParseVerifyRecord(**stored);
    if (record.ok()) return *std::move(record);
    Report(record.status());
    return std::nullopt;
  }

  void Put(const std::string& address, const VerifyRecord& record,
           absl::Time expires) override {
    const absl::Status put =
        store_->Put(address, FormatVerifyRecord(record), expires);
    if (!put.ok()) Report(put);
  }

 private:
  static void Report(const absl::Status& trouble) {
    log::Warning("address_verify_map_failed", {{"error", trouble}});
  }

  const std::unique_ptr<kv::Store> store_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<VerifyStore>> VerifyStore::Open(
    const std::string& directory, const Clock& clock) {
  if (directory.empty()) return std::make_unique<MemoryStore>(clock);
  kv::Options options;
  options.directory = directory;
  options.memory_bytes = 4 << 20;
  absl::StatusOr<std::unique_ptr<kv::Store>> store =
      kv::Store::Open(options, clock);
  if (!store.ok()) {
    return absl::Status(
        store.status().code(),
        absl::StrCat("address_verify_map: ", store.status().message()));
  }
  return std::make_unique<DiskStore>(*std::move(store));
}

std::string FormatVerifyRecord(const VerifyRecord& record) {
  return absl::StrCat(
      kFormat, " ", DeliverabilityName(record.result.deliverability), " ",
      absl::ToUnixSeconds(record.updated), " ",
      absl::string_view(record.result.text).substr(0, kMaxTextBytes));
}

absl::StatusOr<VerifyRecord> ParseVerifyRecord(absl::string_view text) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(' ', 3));
  int64_t updated = 0;
  if (parts.size() == 4 && parts[0] == kFormat &&
      absl::SimpleAtoi(parts[2], &updated)) {
    for (const Deliverability each :
         {Deliverability::kDeliverable, Deliverability::kUndeliverable,
          Deliverability::kUnknown}) {
      if (parts[1] != DeliverabilityName(each)) continue;
      return VerifyRecord{{each, std::string(parts[3])},
                          absl::FromUnixSeconds(updated)};
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("not the record of a probe: \"", Printable(text), "\""));
}

}  // namespace postern::mta::restrictions
