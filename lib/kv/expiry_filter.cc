#include "lib/kv/expiry_filter.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/kv/stored_value.h"

namespace postern::kv {
namespace {

class ExpiryFilter final : public rocksdb::CompactionFilter {
 public:
  explicit ExpiryFilter(int64_t now_millis) : now_millis_(now_millis) {}

  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& stored,
              std::string*, bool*) const override {
    const std::optional<StoredValue> value =
        DecodeValue(absl::string_view(stored.data(), stored.size()));
    return value.has_value() && value->HasExpired(now_millis_);
  }

  const char* Name() const override { return "postern.kv.ExpiryFilter"; }

 private:
  const int64_t now_millis_;
};

class ExpiryFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit ExpiryFilterFactory(const Clock& clock) : clock_(clock) {}

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<ExpiryFilter>(ToMillis(clock_.Now()));
  }

  const char* Name() const override { return "postern.kv.ExpiryFilter"; }

 private:
  const Clock& clock_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> MakeExpiryFilterFactory(
    const Clock& clock) {
  return std::make_shared<ExpiryFilterFactory>(clock);
}

}  // namespace postern::kv
