#include "lib/dns/wire.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/big_endian.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxNameBytes = 255;
constexpr uint8_t kMaxLabelBytes = 63;
constexpr uint8_t kPointer = 0xc0;

std::string Escaped(absl::string_view label) {
  std::string text;
  for (const char c : label) {
    if (c == '.' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text;
}

}  // namespace

void WireReader::Fail() {
  failed_ = true;
  position_ = bytes_.size();
}

uint16_t WireReader::Number() { return ReadBigEndian<uint16_t>(Bytes(2)); }

uint32_t WireReader::LongNumber() { return ReadBigEndian<uint32_t>(Bytes(4)); }

std::string WireReader::Bytes(size_t count) {
  if (bytes_.size() - position_ < count) {
    Fail();
    return std::string(count, '\0');
  }
  std::string taken(bytes_.substr(position_, count));
  position_ += count;
  return taken;
}

std::string WireReader::Name() {
  std::string name;
  size_t start = position_;  // Of the part that is being read.
  size_t behind = 0;         // Where the name ends here; 0: at its end.
  size_t bytes = 1;
  for (uint8_t length = Byte(); length != 0; length = Byte()) {
    if (length >= kPointer) {
      const size_t target = (length & ~kPointer) << 8 | Byte();
      if (target >= start) Fail();
      if (failed_) return "";
      if (behind == 0) behind = position_;
      position_ = start = target;
      continue;
    }
    const std::string label = Bytes(length);
    bytes += label.size() + 1;
    if (length > kMaxLabelBytes || bytes > kMaxNameBytes) Fail();
    if (failed_) return "";
    absl::StrAppend(&name, name.empty() ? "" : ".", Escaped(label));
  }
  if (behind != 0) position_ = behind;
  return absl::AsciiStrToLower(name);
}

std::string WireReader::Host() {
  std::string name;
  // A label of 64 or more would be a pointer.
  for (uint8_t length = Byte(); length != 0; length = Byte()) {
    const std::string label = Bytes(length);
    if (length > kMaxLabelBytes || label.find('.') != std::string::npos) Fail();
    if (failed_) return "";
    absl::StrAppend(&name, name.empty() ? "" : ".", label);
  }
  if (!name.empty() && !IsHostName(name)) Fail();
  return Normalized(name);
}

void WireReader::SkipName() {
  for (uint8_t length = Byte(); length != 0; length = Byte()) {
    if (length > kMaxLabelBytes) Fail();
    Bytes(length);
    if (failed_) return;
  }
}

std::string WireName(absl::string_view name) {
  std::string labels;
  const std::string normalized = Normalized(name);
  for (const absl::string_view label :
       absl::StrSplit(normalized, '.', absl::SkipEmpty())) {
    labels.push_back(static_cast<char>(label.size()));
    absl::StrAppend(&labels, label);
  }
  labels.push_back('\0');
  return labels;
}

}  // namespace postern::dns
