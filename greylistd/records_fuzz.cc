// Any bytes as a stored value: no crash; what is accepted is in bounds and
// comes out the same when written again.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "greylistd/records.h"

namespace {

using namespace postern::greylistd;  // NOLINT

void Require(bool fact) {
  if (!fact) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::string_view name = NameInRecord(text);
  if (const auto record = ParseTripletRecord(text)) {
    Require(record->first >= 0 && record->last >= 0);
    Require(ParseTripletRecord(RecordText(*record, name)) == record);
  }
  if (const auto record = ParseClientRecord(text)) {
    Require(record->last >= 0);
    Require(ParseClientRecord(RecordText(*record, name)) == record);
  }
  if (const auto record = ParsePendingRecord(text)) {
    Require(record->until >= 0);
    Require(ParsePendingRecord(RecordText(*record, name)) == record);
  }
  return 0;
}
