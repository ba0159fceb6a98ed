#include "greylistd/records.h"

#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern::greylistd {
namespace {

constexpr int64_t kLatestTime = 253'402'300'799;
constexpr int64_t kMostCounted = std::numeric_limits<int32_t>::max();

// Takes " <number>" off the front of `text`; -1 if there is none in bounds.
int64_t TakeNumber(absl::string_view& text, int64_t most) {
  if (text.size() < 2 || text[0] != ' ' || !absl::ascii_isdigit(text[1])) {
    return -1;
  }
  int64_t number = 0;
  size_t i = 1;
  for (; i < text.size() && absl::ascii_isdigit(text[i]); ++i) {
    number = 10 * number + (text[i] - '0');
    if (number > most) return -1;
  }
  text.remove_prefix(i);
  return number;
}

bool TakeKind(absl::string_view& text, char kind) {
  if (text.empty() || text[0] != kind) return false;
  text.remove_prefix(1);
  return true;
}

// Whether nothing is left, or a name.
bool IsAtEnd(absl::string_view text) { return text.empty() || text[0] == ' '; }

std::string WithName(std::string text, absl::string_view name) {
  if (!name.empty()) absl::StrAppend(&text, " ", name);
  return text;
}

}  // namespace

std::string RecordText(const TripletRecord& record, absl::string_view name) {
  return WithName(absl::StrCat("t ", record.first, " ", record.last,
                               record.passed ? " 1" : " 0"),
                  name);
}

std::string RecordText(const ClientRecord& record, absl::string_view name) {
  return WithName(absl::StrCat("c ", record.count, " ", record.last), name);
}

std::string RecordText(const PendingRecord& record, absl::string_view name) {
  return WithName(absl::StrCat("p ", record.count, " ", record.until), name);
}

std::optional<TripletRecord> ParseTripletRecord(absl::string_view text) {
  if (!TakeKind(text, 't')) return std::nullopt;
  TripletRecord record;
  record.first = TakeNumber(text, kLatestTime);
  record.last = TakeNumber(text, kLatestTime);
  const int64_t passed = TakeNumber(text, 1);
  if (record.first < 0 || record.last < 0 || passed < 0 || !IsAtEnd(text)) {
    return std::nullopt;
  }
  record.passed = passed == 1;
  return record;
}

std::optional<ClientRecord> ParseClientRecord(absl::string_view text) {
  if (!TakeKind(text, 'c')) return std::nullopt;
  const int64_t count = TakeNumber(text, kMostCounted);
  const int64_t last = TakeNumber(text, kLatestTime);
  if (count < 0 || last < 0 || !IsAtEnd(text)) return std::nullopt;
  return ClientRecord{static_cast<uint32_t>(count), last};
}

std::optional<PendingRecord> ParsePendingRecord(absl::string_view text) {
  if (!TakeKind(text, 'p')) return std::nullopt;
  const int64_t count = TakeNumber(text, kMostCounted);
  const int64_t until = TakeNumber(text, kLatestTime);
  if (count < 0 || until < 0 || !IsAtEnd(text)) return std::nullopt;
  return PendingRecord{static_cast<uint32_t>(count), until};
}

absl::string_view NameInRecord(absl::string_view text) {
  if (text.empty()) return "";
  const int numbers = text[0] == 't' ? 3 : 2;
  text.remove_prefix(1);
  for (int i = 0; i < numbers; ++i) {
    if (TakeNumber(text, kLatestTime) < 0) return "";
  }
  if (!text.empty()) text.remove_prefix(1);
  return text;
}

}  // namespace postern::greylistd
