// Finds out whether mail to an address would be taken, by trying to send it
// some and stopping before any content: address verification.
//
// A result is remembered (verify_record.h says how long). Only what is not
// known is probed, one probe an address at a time, and who asks waits for
// poll_count × poll_delay at most; the probe itself goes on, and its result
// serves the next question.
//
//   const VerifyResult result =
//       co_await verifier.Verify("a@example.org", options);
//
// Source:  Postfix, ADDRESS_VERIFICATION_README, verify(8).
// Errors:  none: that nothing could be found out is an answer.
// Threads: any reactor; locks internally, never across a wait.
// Limits:  address_verify_pending_request_limit probes at a time and
//          address_verify_probe_rate_limit begun in a minute; beyond that an
//          unknown address is deferred.

#ifndef POSTERN_MTA_RESTRICTIONS_VERIFY_H_
#define POSTERN_MTA_RESTRICTIONS_VERIFY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/event.h"
#include "lib/net/task.h"
#include "mta/restrictions/verify_record.h"
#include "mta/restrictions/verify_store.h"

namespace postern::mta::restrictions {

// The fields are address_verify_*.
struct VerifyOptions {
  VerifyTimes times;
  uint32_t poll_count = 3;
  absl::Duration poll_delay = absl::Seconds(3);
  size_t pending_request_limit = 500;
  uint32_t probe_rate_limit = 600;  // In a minute.
};

class AddressVerifier {
 public:
  // Probes one address. It takes as long as a delivery may.
  using Probe = std::function<net::Task<VerifyResult>(std::string address)>;

  struct Parts {
    std::unique_ptr<VerifyStore> store;
    const Clock& clock;
    net::Drain& drain;  // Counts the probes; they must end before this does.
    metrics::Registry& metrics;
  };

  explicit AddressVerifier(Parts parts);
  AddressVerifier(const AddressVerifier&) = delete;
  AddressVerifier& operator=(const AddressVerifier&) = delete;
  ~AddressVerifier();

  // Says how to probe. Until then nothing is known of any address. Before the
  // first Verify().
  void SetProbe(Probe probe) { probe_ = std::move(probe); }

  // On a reactor; `options` and the verifier must outlive the task.
  net::Task<VerifyResult> Verify(std::string address,
                                 const VerifyOptions& options);

 private:
  struct Meters;

  // A probe that is under way, and who waits for it.
  struct Flight {
    VerifyResult result;
    std::vector<std::shared_ptr<net::Event>> waiters;
  };

  // Returns the probe of `address`, begun now if there was none, with one more
  // to wake at its end (unless null); nullptr: too many are under way.
  std::shared_ptr<Flight> Join(const std::string& address,
                               const VerifyOptions& options,
                               std::shared_ptr<net::Event> done);
  bool TakeTurn(const VerifyOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  net::Task<> RunProbe(std::string address, VerifyTimes times,
                       std::shared_ptr<Flight> flight);
  net::Task<VerifyResult> Await(std::string address,
                                const VerifyOptions& options);

  const Parts parts_;
  const std::unique_ptr<Meters> meters_;
  Probe probe_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Flight>> pending_
      ABSL_GUARDED_BY(mutex_);
  absl::Time minute_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  uint32_t begun_in_minute_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_VERIFY_H_
