// The names of clients, looked up once and remembered for a while.
//
// A look-up begins when the client connects and goes on beside the session,
// which waits for it only when it needs the name.
//
//   std::shared_ptr<ClientNames::Lookup> lookup = names.Begin(address, drain);
//   const dns::ClientName& name = co_await lookup->Name();
//
// Source:  lib/dns/client_name.h: a name counts when it resolves back.
// Threads: locks internally.
// Limits:  kMaxNames addresses; when it is full, it begins anew. A name is
//          remembered for 5 minutes, a failure for 30 seconds.

#ifndef POSTERN_MTA_SERVER_CLIENT_NAMES_H_
#define POSTERN_MTA_SERVER_CLIENT_NAMES_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dns/client_name.h"
#include "lib/dns/resolver.h"
#include "lib/net/drain.h"
#include "lib/net/event.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"

namespace postern::mta::server {

class ClientNames {
 public:
  static constexpr size_t kMaxNames = 10'000;

  // Both must outlive it.
  ClientNames(dns::Resolver& resolver, const Clock& clock)
      : resolver_(resolver), clock_(clock) {}

  class Lookup {
   public:
    // Returns the name; never fails, and takes 5 s at most from the beginning.
    // The look-up must outlive the task.
    net::Task<dns::ClientName> Name();

   private:
    friend class ClientNames;
    dns::ClientName name_;
    net::Event done_;
  };

  // Begins to look `client` up. `drain` counts the work; it must end before
  // this object does.
  std::shared_ptr<Lookup> Begin(const net::IpAddress& client,
                                net::Drain& drain);

 private:
  struct Entry {
    dns::ClientName name;
    absl::Time expires;
  };

  net::Task<> LookUp(net::IpAddress client, std::shared_ptr<Lookup> lookup);
  std::optional<dns::ClientName> Remembered(const net::IpAddress& client);
  void Remember(const net::IpAddress& client, const dns::ClientName& name);

  dns::Resolver& resolver_;
  const Clock& clock_;
  absl::Mutex mutex_;
  absl::flat_hash_map<net::IpAddress, Entry> names_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CLIENT_NAMES_H_
