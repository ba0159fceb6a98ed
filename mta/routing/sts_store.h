// Keeps the MTA-STS policies that were fetched, until they expire.
//
// On this machine's disk they survive a restart, in Redis the replicas of a
// relay share them: a policy that is known cannot be kept from us by whoever
// is on the way to the domain's web server.
//
// Format:  docs/formats/mta-sts.md.
// Errors:  none: what cannot be read counts as not known, what cannot be
//          written is known to this process only; both are logged.
// Threads: on any reactor.

#ifndef POSTERN_MTA_ROUTING_STS_STORE_H_
#define POSTERN_MTA_ROUTING_STS_STORE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/net/task.h"
#include "lib/redis/client.h"
#include "mta/routing/sts_policy.h"

namespace postern::mta::routing {

// A policy as it was fetched.
struct StoredSts {
  std::string id;  // Of the record that led to it.
  absl::Time fetched;
  std::string file;
  StsPolicy policy;  // What is in the file.

  absl::Time expires() const { return fetched + policy.max_age; }
};

class StsStore {
 public:
  virtual ~StsStore() = default;

  virtual net::Task<std::optional<StoredSts>> Get(std::string domain) = 0;
  virtual net::Task<> Put(std::string domain, StoredSts stored) = 0;
};

// A store in a folder; `clock` must outlive it. Returns what the folder says.
absl::StatusOr<std::unique_ptr<StsStore>> OpenStsStore(
    const std::string& directory, const Clock& clock);

// A store in Redis; `client` must outlive it.
std::unique_ptr<StsStore> MakeStsStore(redis::Client& client);

// The stored form: a line "1 ID TIME", then the file. InvalidArgument: it is
// not that.
std::string FormatStoredSts(const StoredSts& stored);
absl::StatusOr<StoredSts> ParseStoredSts(absl::string_view text);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_STS_STORE_H_
