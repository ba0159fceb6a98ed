#include "lib/dns/message.h"

#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/dns/wire.h"

namespace postern::dns {
namespace {

constexpr uint16_t kAnswerBit = 0x8000;

RawRecord ReadRecord(WireReader& wire) {
  RawRecord record;
  record.start = wire.position();
  record.name = wire.Name();
  record.type = wire.Number();
  record.record_class = wire.Number();
  wire.LongNumber();  // The time to live.
  const uint16_t length = wire.Number();
  record.rdata = wire.Bytes(length);
  return record;
}

}  // namespace

absl::StatusOr<Message> Message::Parse(absl::string_view bytes) {
  WireReader wire(bytes);
  Message message;
  message.id = wire.Number();
  const uint16_t flags = wire.Number();
  message.is_answer = (flags & kAnswerBit) != 0;
  message.opcode = flags >> 11 & 0xf;
  message.rcode = flags & 0xf;
  const uint16_t questions = wire.Number();
  uint32_t records = 0;
  for (int section = 0; section < 3; ++section) records += wire.Number();
  for (uint16_t i = 0; i < questions && !wire.has_failed(); ++i) {
    wire.Name();
    wire.LongNumber();  // Its type and class.
  }
  for (uint32_t i = 0; i < records && !wire.has_failed(); ++i) {
    message.records.push_back(ReadRecord(wire));
  }
  if (!wire.is_complete()) {
    return absl::InvalidArgumentError("malformed message");
  }
  return message;
}

std::string RcodeName(int rcode) {
  constexpr const char* kNames[] = {
      "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
      "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};
  if (rcode >= 0 && rcode < static_cast<int>(std::size(kNames))) {
    return kNames[rcode];
  }
  return absl::StrCat("rcode ", rcode);
}

}  // namespace postern::dns
