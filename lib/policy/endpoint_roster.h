// The addresses of a policy service, and which of them answer.
//
// A service is one endpoint or several, and each may be a name with several
// addresses; all of them are equally good. Names are looked up again once
// `refresh` has passed; while the DNS is away the addresses known before stay.
// An address that failed is left out for a while, longer each time, unless
// there is no other.
//
//   CO_ASSIGN_OR_RETURN(EndpointRoster::Choice choice,
//                       co_await roster.Choose(deadline));
//   for (const net::Endpoint& address : choice.candidates) …
//   roster.Answered(address);            // or Failed(address)
//
// Errors:  Choose() returns what the look-up said when no address was ever
//          known.
// Threads: locks internally, never across a wait.

#ifndef POSTERN_LIB_POLICY_ENDPOINT_ROSTER_H_
#define POSTERN_LIB_POLICY_ENDPOINT_ROSTER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"

namespace postern::policy {

class EndpointRoster {
 public:
  // Returns the endpoint with each address of its host (dns::ResolveEndpoints).
  using Resolve =
      std::function<net::Task<absl::StatusOr<std::vector<net::Endpoint>>>(
          net::Endpoint endpoint, net::Deadline deadline)>;

  struct Options {
    // At least one. Hosts are addresses when there is no `resolve`.
    std::vector<net::Endpoint> endpoints;
    Resolve resolve;
    // When a name is looked up again, and how soon when that failed.
    absl::Duration refresh = absl::Seconds(30);
    absl::Duration retry_refresh = absl::Seconds(5);
    // How long an address is left out after its first failure; twice as long
    // after each further one.
    absl::Duration first_back_off = absl::Seconds(1);
    absl::Duration longest_back_off = absl::Minutes(1);
  };

  // `clock` must outlive it.
  EndpointRoster(Options options, const Clock& clock);

  struct Choice {
    // Whom to ask, in this order: those that are not left out, beginning with
    // another one each time; if all are, all.
    std::vector<net::Endpoint> candidates;
    // Every address there is.
    std::vector<net::Endpoint> all;
  };
  net::Task<absl::StatusOr<Choice>> Choose(net::Deadline deadline);

  void Answered(const net::Endpoint& address);
  // Returns whether it had not failed before, or had answered since.
  bool Failed(const net::Endpoint& address);

  // The number of addresses whose last answer did not fail; before the first
  // look-up that of the endpoints.
  size_t healthy() const;
  // The number of addresses there are; before the first look-up 0.
  size_t size() const;

 private:
  struct Name {
    net::Endpoint endpoint;
    std::vector<net::Endpoint> addresses;
    absl::Status trouble;
    absl::Time refresh_at = absl::InfinitePast();
    bool is_being_refreshed = false;
  };
  struct Health {
    int failures = 0;  // In a row.
    absl::Time left_out_until = absl::InfinitePast();
  };

  net::Task<> Refresh(size_t index, net::Deadline deadline);
  bool BeginRefresh(size_t index, bool& has_addresses);
  void Take(size_t index, absl::StatusOr<std::vector<net::Endpoint>> found);
  absl::StatusOr<Choice> ChooseNow();

  const Options options_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  std::vector<Name> names_ ABSL_GUARDED_BY(mutex_);
  std::map<net::Endpoint, Health> health_ ABSL_GUARDED_BY(mutex_);
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace postern::policy

#endif  // POSTERN_LIB_POLICY_ENDPOINT_ROSTER_H_
