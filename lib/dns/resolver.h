// Asks the domain name system, and tells "there is no such thing" from "could
// not find out".
//
//   CO_ASSIGN_OR_RETURN(dns::Answer answer,
//                       co_await resolver.Resolve("example.org",
//                                                 dns::Type::kTxt, deadline));
//   for (const dns::Txt& txt : dns::RecordsOf<dns::Txt>(answer)) { … }
//
// A negative answer is a value. What is usually wanted, addresses of a host,
// mail exchangers or the name of a client, is one call away: host.h, mx.h,
// client_name.h.
//
// Source:  RFC 1035, RFC 2308 (NXDOMAIN and NODATA), RFC 2782, RFC 6698.
// Errors:  DeadlineExceeded (no answer in time) and Unavailable (the servers
//          fail, an answer is forged or makes no sense): try again later.
// Threads: a Resolver serves all reactors.

#ifndef POSTERN_LIB_DNS_RESOLVER_H_
#define POSTERN_LIB_DNS_RESOLVER_H_

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"

namespace postern::dns {

enum class Type : uint16_t {
  kA = 1,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kTlsa = 52,
};

// Returns "MX" and the like.
absl::string_view TypeName(Type type);

struct Mx {
  uint16_t preference = 0;
  std::string host;  // Empty: the root, as a null MX has it (RFC 7505).
  friend auto operator<=>(const Mx&, const Mx&) = default;
};

struct Txt {
  std::vector<std::string> parts;  // The character-strings, any bytes.
  // Returns the parts with nothing between them (RFC 7208 section 3.3).
  std::string Joined() const;
  friend auto operator<=>(const Txt&, const Txt&) = default;
};

struct Ptr {
  std::string name;
  friend auto operator<=>(const Ptr&, const Ptr&) = default;
};

struct Srv {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target;  // Empty: the service is not offered.
  friend auto operator<=>(const Srv&, const Srv&) = default;
};

struct Tlsa {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching_type = 0;
  std::string data;  // Binary.
  friend auto operator<=>(const Tlsa&, const Tlsa&) = default;
};

// Host names in records are lower-case, have no dot at the end and are made of
// letters, digits, '-' and '_': a record with any other is left out.
using Record = std::variant<net::IpAddress, Mx, Txt, Ptr, Srv, Tlsa>;

struct Answer {
  enum class Outcome {
    kRecords,   // There is at least one record.
    kNoData,    // The name exists, but has none of this type.
    kNxDomain,  // The name does not exist, nor does any below it.
  };
  Outcome outcome = Outcome::kNoData;
  std::vector<Record> records;
  bool secure = false;  // Validated with DNSSEC.
  absl::Duration ttl;
  // Where the CNAMEs ended; the name asked for when there were none.
  std::string canonical_name;
};

// Returns the records of one kind.
template <typename T>
std::vector<T> RecordsOf(const Answer& answer) {
  std::vector<T> found;
  for (const Record& record : answer.records) {
    if (const T* one = std::get_if<T>(&record)) found.push_back(*one);
  }
  return found;
}

class Resolver {
 public:
  virtual ~Resolver() = default;

  // Looks `name` up; a dot at its end does not matter, there is no search
  // list. A text that cannot be a domain name (too long, an empty label,
  // anything but printable ASCII) is not asked for: it does not exist.
  virtual net::Task<absl::StatusOr<Answer>> Resolve(std::string name, Type type,
                                                    net::Deadline deadline) = 0;
};

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_RESOLVER_H_
