#include "lib/kv/batch.h"

#include <array>
#include <cstddef>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "lib/kv/stored_value.h"
#include "lib/kv/stripes.h"
#include "rocksdb/slice.h"
#include "rocksdb/write_batch.h"

namespace postern::kv {
namespace {

constexpr size_t kMaxValueBytes = 1 << 20;

// A batch that was once large does not keep its memory.
constexpr size_t kKeptBytes = 64 << 10;

}  // namespace

Batch::Batch() : changes_(std::make_unique<rocksdb::WriteBatch>()) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

void Batch::Put(absl::string_view key, absl::string_view value,
                absl::Time expires) {
  status_.Update(CheckKey(key));
  if (value.size() > kMaxValueBytes) {
    status_.Update(absl::InvalidArgumentError(
        absl::StrCat("a value of ", value.size(), " bytes is too long")));
  }
  if (!status_.ok()) return;
  const std::array<char, kValueHeaderBytes> header = ValueHeader(expires);
  const rocksdb::Slice key_part(key.data(), key.size());
  const rocksdb::Slice value_parts[] = {
      rocksdb::Slice(header.data(), header.size()),
      rocksdb::Slice(value.data(), value.size())};
  changes_->Put(rocksdb::SliceParts(&key_part, 1),
                rocksdb::SliceParts(value_parts, 2));
  stripes_ |= StripeOf(key);
}

void Batch::Delete(absl::string_view key) {
  status_.Update(CheckKey(key));
  if (!status_.ok()) return;
  changes_->Delete(rocksdb::Slice(key.data(), key.size()));
  stripes_ |= StripeOf(key);
}

bool Batch::empty() const { return status_.ok() && changes_->Count() == 0; }

void Batch::Clear() {
  if (changes_->GetDataSize() > kKeptBytes) {
    changes_ = std::make_unique<rocksdb::WriteBatch>();
  }
  changes_->Clear();
  stripes_ = 0;
  status_ = absl::OkStatus();
}

}  // namespace postern::kv
