// A message of the domain name system, taken apart.
//
// For what is not a look-up: those are libunbound's business (resolver.h).
//
//   ASSIGN_OR_RETURN(const Message answer, Message::Parse(bytes));
//   if (answer.rcode != 0) …RcodeName(answer.rcode)…
//
// Source:  RFC 1035 section 4.1, RFC 2136 section 2.
// Errors:  InvalidArgument: a record is cut short, or something is behind all.
// Threads: values; pure.

#ifndef POSTERN_LIB_DNS_MESSAGE_H_
#define POSTERN_LIB_DNS_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::dns {

struct RawRecord {
  std::string name;  // As WireReader::Name() has it.
  uint16_t type = 0;
  uint16_t record_class = 0;
  std::string rdata;
  size_t start = 0;  // Where in the message it begins.
};

struct Message {
  uint16_t id = 0;
  bool is_answer = false;
  int opcode = 0;
  int rcode = 0;
  std::vector<RawRecord> records;  // All that follow the questions.

  static absl::StatusOr<Message> Parse(absl::string_view bytes);
};

constexpr size_t kMessageHeaderBytes = 12;
// Where in a header the number of the additional records is.
constexpr size_t kAdditionalCountPlace = 10;

// Returns "REFUSED" and the like, or "rcode 99".
std::string RcodeName(int rcode);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_MESSAGE_H_
