// Soft state in Redis, shared by the replicas of a daemon: one server, a master
// that Sentinel watches, or a Cluster, all through one class.
//
// Ask in one round trip, and have an answer ready for the case that there is
// none: Redis may be slow, away or full of garbage, and mail must go on. What
// concurrent tasks of a reactor ask travels together over one connection.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<redis::Client> client,
//                    redis::Client::Create(config.redis(), parts));
//   const std::string key = client->MakeKey("seen", {sender, recipient});
//   const absl::string_view get[] = {"GET", key};
//   absl::StatusOr<redis::Reply> reply =
//       co_await client->Command(get, key, deadline);
//   if (!reply.ok()) …the fall-back…
//
// Errors:  Create(): InvalidArgument or NotFound, naming the field at fault; a
//          Redis that is away is not an error of Create().
//          Command(), Run(): DeadlineExceeded (the command may have been done
//          or not); Unavailable (cannot be reached, the circuit breaker is
//          open, wrong password, loading, cluster down …); ResourceExhausted
//          (Redis is out of memory); Internal: Redis refused the command
//          (WRONGTYPE, a script's error, keys of several slots): a mistake of
//          ours or somebody else's data under our key. An error that Redis
//          sends is never a Reply, except inside an array.
// Threads: Command() and Run() from any reactor of the runtime; the rest from
//          any thread.
// Limits:  every command ends within operation_timeout (150 ms) or its
//          deadline, whichever is first; replies: reply_reader.h; 10 000
//          commands under way on a connection, one more is Unavailable; at
//          most three redirections in a cluster.

#ifndef POSTERN_LIB_REDIS_CLIENT_H_
#define POSTERN_LIB_REDIS_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/metrics/metrics.h"
#include "lib/net/deadline.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/redis/reply.h"
#include "lib/redis/script.h"
#include "proto/config/v1/redis.pb.h"

namespace postern::dns {
class Resolver;
}

namespace postern::redis {

// What a client works with; all must outlive it.
struct ClientParts {
  net::Runtime& runtime;
  // For the names of servers; without one only addresses can be reached.
  dns::Resolver* resolver = nullptr;
  // Where the metrics postern_<program>_redis_* appear; nullptr: nowhere.
  metrics::Registry* metrics = nullptr;
  std::string program = "postern";
};

class Client {
 public:
  // Returns a client that connects when it is first asked. Reads the files
  // that `config` names once, to find mistakes early.
  static absl::StatusOr<std::unique_ptr<Client>> Create(
      const config::v1::Redis& config, ClientParts parts);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // Closes. The tasks that use it must have ended; not from a reactor.
  ~Client();

  // Sends one command and returns its reply. `key` is one of its keys and
  // decides which node of a cluster is asked. The arguments are copied before
  // the call returns. Never sent twice unless it is certain that the first
  // was not carried out.
  net::Task<absl::StatusOr<Reply>> Command(
      absl::Span<const absl::string_view> args, absl::string_view key,
      net::Deadline deadline);

  // Runs a script by its digest; loads it where it is not known (RD-04). There
  // must be a key, and all must carry one hash tag: as MakeKey() makes them
  // from one `tag` (RD-05). Redis may be asked twice when a connection breaks
  // in the middle, so a script must bear being run twice. `script` must
  // outlive the task.
  net::Task<absl::StatusOr<Reply>> Run(const Script& script,
                                       absl::Span<const absl::string_view> keys,
                                       absl::Span<const absl::string_view> args,
                                       net::Deadline deadline);

  // Returns a key of fixed length below our prefix, made from hashed `parts`;
  // see HashedKey() in key.h. Keys with the same `tag` may meet in one script.
  // Put into `tag` what spreads the load, e.g. the client's network, or a
  // constant where all belongs together.
  std::string MakeKey(absl::string_view tag,
                      absl::Span<const absl::string_view> parts) const;

  // What every key starts with (config key_prefix).
  const std::string& key_prefix() const;

  // OK while, as far as we know, every server that we use answers; else
  // Unavailable with the reason. Recovers by itself, also without traffic.
  absl::Status Healthy() const;

  // Ends what is under way with Unavailable and closes all connections. Call
  // it when draining, after those who use the client have finished; not from a
  // reactor. Once is enough; the destructor does it too.
  void Close();

 private:
  class State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_CLIENT_H_
