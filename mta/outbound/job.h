// A parcel on its way through the pool, and the connections that serve it.
//
// Threads: one at a time; lines.h says whose turn it is.

#ifndef POSTERN_MTA_OUTBOUND_JOB_H_
#define POSTERN_MTA_OUTBOUND_JOB_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "lib/net/event.h"
#include "mta/outbound/login_choice.h"
#include "mta/outbound/parcel.h"
#include "mta/queue/courier.h"
#include "mta/queue/sender_class.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::outbound {

// Lives in the task that waits for `done`.
struct Job {
  Job(const Parcel& what, routing::NextHop where, LoginChoice who = {})
      : parcel(what),
        next_hop(std::move(where)),
        logins(std::move(who)),
        sender_class(queue::SenderClass(what.sender)) {}

  // Sets the outcomes and wakes the waiting task: the job may be gone when this
  // returns.
  void Settle(std::vector<queue::Outcome> what);
  // The same outcome for every recipient.
  void SettleAll(const queue::Outcome& outcome);

  const Parcel& parcel;
  const routing::NextHop next_hop;
  const LoginChoice logins;
  const size_t sender_class;
  Job* next = nullptr;  // For turns.h.
  int connections = 0;  // That it has been given to.
  // When the latest of them began to send it.
  std::optional<std::chrono::steady_clock::time_point> sent_since;
  std::vector<queue::Outcome> outcomes;
  net::Event done;
};

inline void Job::Settle(std::vector<queue::Outcome> what) {
  outcomes = std::move(what);
  done.Set();
}

inline void Job::SettleAll(const queue::Outcome& outcome) {
  Settle(std::vector<queue::Outcome>(parcel.recipients.size(), outcome));
}

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_JOB_H_
