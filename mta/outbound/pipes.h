// Gives mail to the commands that are transports: routing.pipe.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Pipes> pipes,
//                    Pipes::Create(config, drain));
//   std::vector<queue::Outcome> outcomes =
//       co_await pipes->Deliver("maildrop", job);
//
// The command reads the message from its standard input, with the fields that
// its flags say in front, and finds the rest in its words (pipe_arguments.h).
// What its end means is what commands.h says. It runs as its own user, never as
// root nor as who owns the queue.
//
// Source:  pipe(8) of Postfix. Of its attributes these are not known here:
//          chroot=. Of the macros client_…, sasl_… and envid are not. Return-
//          Path fields of others are removed, and the flag ">" puts one more in
//          front of ">From " as well (letter.h).
// Errors:  Create() returns InvalidArgument; the text starts with the config
//          field at fault. A delivery never fails: it has outcomes.
// Threads: Deliver() from any reactor.
// Limits:  destination_recipient_limit recipients a command, of which
//          destination_concurrency_limit run at a time, each for time_limit.

#ifndef POSTERN_MTA_OUTBOUND_PIPES_H_
#define POSTERN_MTA_OUTBOUND_PIPES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/unique_fd.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "mta/outbound/acting_as.h"
#include "mta/outbound/command_runner.h"
#include "mta/outbound/pipe_arguments.h"
#include "mta/outbound/pipe_lines.h"
#include "mta/queue/courier.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

// What a delivery is about.
struct PipeJob {
  const queue::Errand& errand;
  std::string sender;
  std::string nexthop;
  std::vector<size_t> recipients;  // Indexes.
  absl::Time now;
};

class Pipes {
 public:
  // `drain` must outlive it.
  static absl::StatusOr<std::unique_ptr<Pipes>> Create(
      const config::v1::Mta& config, net::Drain& drain);
  ~Pipes();

  // Returns an outcome for each recipient of the job, in their order. What it
  // refers to must outlive the task.
  net::Task<std::vector<queue::Outcome>> Deliver(const std::string& name,
                                                 const PipeJob& job) const;

 private:
  class Pipe;

  explicit Pipes(std::string delimiters);

  PipeRecipient RecipientFor(const Pipe& pipe,
                             const spool::v1::Recipient& recipient) const;
  net::Task<queue::Outcome> DeliverSome(const Pipe& pipe, const PipeJob& job,
                                        std::vector<size_t> some) const;

  const std::string delimiters_;
  absl::flat_hash_map<std::string, std::unique_ptr<Pipe>> pipes_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_PIPES_H_
