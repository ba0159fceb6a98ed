// Whatever a filter answers: no crash, nothing that is accepted has a line end
// where none may be, and it can be written and read again (MTA-28).

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "lib/milter/packet.h"
#include "lib/milter/reply.h"
#include "lib/milter/reply_code.h"

namespace {

using namespace postern::milter;  // NOLINT

constexpr size_t kHeadBytes = 5;

void Require(bool fact) {
  if (!fact) std::abort();
}

bool HasLineEnd(absl::string_view text) {
  return text.find_first_of(absl::string_view("\r\n\0", 3)) !=
         absl::string_view::npos;
}

// Every line end of a header value is CR LF with space or tab behind it.
bool IsOneField(absl::string_view value) {
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\0' || value[i] == '\n') return false;
    if (value[i] != '\r') continue;
    if (value.size() < i + 3 || value[i + 1] != '\n') return false;
    if (value[i + 2] != ' ' && value[i + 2] != '\t') return false;
    i += 2;
  }
  return true;
}

void CheckVerdict(const Verdict& verdict) {
  Require(verdict.lines.size() <= kMaxReplyLines);
  for (const std::string& line : verdict.lines) {
    Require(!HasLineEnd(line) && line.size() <= kMaxReplyLineBytes);
  }
  Require(CheckReplyCode(verdict).ok());
}

void CheckReply(const Reply& reply, const Options& agreed) {
  std::string packet;
  if (reply.kind == Reply::Kind::kVerdict) {
    CheckVerdict(reply.verdict);
    AppendVerdict(reply.verdict, packet);
  } else if (reply.kind == Reply::Kind::kChange) {
    const Change& change = reply.change;
    Require(!HasLineEnd(change.name));
    Require(change.kind == Change::Kind::kReplaceBody ||
            IsOneField(change.value));
    AppendChange(change, agreed, packet);
  } else {
    AppendReply(reply.kind, packet);
  }
  const Packet again{packet[4], absl::string_view(packet).substr(kHeadBytes)};
  Require(ParseReply(again, agreed).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte says whether values have their leading space.
  if (size == 0) return 0;
  const Options agreed{6, kAllActions, (data[0] & 1) != 0 ? kLeadingSpace : 0u};
  PacketReader reader;
  for (size_t at = 1; at < size;) {
    const absl::Span<char> space = reader.Space();
    const size_t bytes = std::min(space.size(), size - at);
    std::memcpy(space.data(), data + at, bytes);
    reader.Fill(bytes);
    at += bytes;
    while (true) {
      const auto next = reader.Next();
      if (!next.ok()) return 0;
      if (!next->has_value()) break;
      const auto reply = ParseReply(**next, agreed);
      if (reply.ok()) CheckReply(*reply, agreed);
    }
  }
  return 0;
}
