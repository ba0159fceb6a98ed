// Asks DNS lists of good senders (dnswl.org and the like) about a client.
//
// All lists are asked for one after the other and the first yes counts; the
// resolver's cache makes the second question about a client cheap. A list that
// fails or is late says no: greylisting then goes on as without it.
//
// Source:  RFC 5782: "2.0.0.127.list.example" has an address if the client is
//          listed. 127.0.0.255 and 127.255.255.0/24 are refusals to answer.
// Threads: immutable; Contains() from any reactor.

#ifndef POSTERN_GREYLISTD_DNSWL_H_
#define POSTERN_GREYLISTD_DNSWL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/dns/resolver.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"

namespace postern::greylistd {

struct DnsList {
  std::string zone;                   // "list.dnswl.org"
  std::vector<net::Network> answers;  // Those that mean yes.
};

class Dnswl {
 public:
  enum class Answer { kNo, kYes, kUnknown };

  // `resolver` may be null if there are no lists, and must outlive it.
  // `timeout` is for all lists together.
  Dnswl(std::vector<DnsList> lists, absl::Duration timeout,
        dns::Resolver* resolver);

  bool is_in_use() const { return !lists_.empty(); }

  // kUnknown: no list said yes, and at least one could not be asked.
  net::Task<Answer> Ask(net::IpAddress client, net::Deadline deadline) const;

 private:
  std::vector<DnsList> lists_;
  absl::Duration timeout_;
  dns::Resolver* resolver_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_DNSWL_H_
