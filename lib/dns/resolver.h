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

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/dns/record.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::dns {

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
