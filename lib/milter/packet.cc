#include "lib/milter/packet.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/big_endian.h"

namespace postern::milter {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kMinSpaceBytes = 4096;
// Room for a piece of a body is kept, that of a huge header field is not.
constexpr size_t kMaxKeptBytes = size_t{128} << 10;

}  // namespace

absl::Span<char> PacketReader::Space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kMaxKeptBytes) buffer_ = std::string();
  }
  if (buffer_.size() - end_ < kMinSpaceBytes && begin_ > 0) {
    std::memmove(&buffer_[0], &buffer_[begin_], end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kMinSpaceBytes) {
    buffer_.resize(std::max(2 * end_, 2 * kMinSpaceBytes));
  }
  return absl::MakeSpan(&buffer_[end_], buffer_.size() - end_);
}

absl::StatusOr<std::optional<Packet>> PacketReader::Next() {
  const absl::string_view rest =
      absl::string_view(buffer_).substr(begin_, end_ - begin_);
  if (rest.size() < kLengthBytes) return std::nullopt;
  const size_t length = ReadBigEndian<uint32_t>(rest);
  if (length == 0) {
    return absl::InvalidArgumentError("milter: a packet without a command");
  }
  if (length > kMaxPacketBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("milter: a packet of ", length, " bytes"));
  }
  if (rest.size() < kLengthBytes + length) return std::nullopt;
  begin_ += kLengthBytes + length;
  return Packet{rest[kLengthBytes], rest.substr(kLengthBytes + 1, length - 1)};
}

size_t BeginPacket(char letter, std::string& output) {
  const size_t begin = output.size();
  output.append(kLengthBytes, '\0');
  output.push_back(letter);
  return begin;
}

void EndPacket(size_t begin, std::string& output) {
  const auto length =
      static_cast<uint32_t>(output.size() - begin - kLengthBytes);
  for (size_t i = 0; i < kLengthBytes; ++i) {
    output[begin + i] = static_cast<char>(length >> (24 - 8 * i));
  }
}

void AppendPacket(char letter, std::initializer_list<absl::string_view> parts,
                  std::string& output) {
  const size_t begin = BeginPacket(letter, output);
  for (const absl::string_view part : parts) {
    output.append(part.data(), part.size());
  }
  EndPacket(begin, output);
}

std::optional<absl::string_view> TakeText(absl::string_view& body) {
  const size_t end = body.find('\0');
  if (end == absl::string_view::npos) return std::nullopt;
  const absl::string_view text = body.substr(0, end);
  body.remove_prefix(end + 1);
  return text;
}

std::optional<uint32_t> TakeNumber(absl::string_view& body) {
  if (body.size() < sizeof(uint32_t)) return std::nullopt;
  const auto number = ReadBigEndian<uint32_t>(body);
  body.remove_prefix(sizeof(uint32_t));
  return number;
}

}  // namespace postern::milter
