// Where a verb looks keys up: the DNS, as this machine is set up or as the
// arguments say.
//
//   ASSIGN_OR_RETURN(const std::unique_ptr<KeySource> source,
//                    KeySource::Create(arguments));
//   source->BlockOn(verifier.Finish(source->deadline()));
//
// Threads: main.cc only.

#ifndef POSTERN_CTL_KEY_SOURCE_H_
#define POSTERN_CTL_KEY_SOURCE_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "lib/base/clock.h"
#include "lib/dkim/key_finder.h"
#include "lib/dns/unbound_resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"

namespace postern::ctl {

class KeySource {
 public:
  // What Create() reads: --dns-server ADDRESS, --dns-records FILE.
  static Syntax DnsSyntax();

  // `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<KeySource>> Create(
      const Arguments& arguments, const Clock& clock);

  dns::Resolver& resolver() { return *resolver_; }
  dkim::KeyFinder& finder() { return finder_; }
  net::Deadline deadline() const {
    return net::Deadline::After(absl::Seconds(10));
  }

  template <typename T>
  T BlockOn(net::Task<T> task) {
    return runtime_->BlockOn(std::move(task));
  }

 private:
  KeySource(std::unique_ptr<net::Runtime> runtime,
            std::unique_ptr<dns::UnboundResolver> resolver, const Clock& clock)
      : runtime_(std::move(runtime)),
        resolver_(std::move(resolver)),
        finder_(*resolver_, clock, drain_) {}

  std::unique_ptr<net::Runtime> runtime_;
  std::unique_ptr<dns::UnboundResolver> resolver_;
  net::Drain drain_;
  dkim::KeyFinder finder_;
};

// Joins what several syntaxes have.
Syntax Joined(Syntax one, const Syntax& other);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_KEY_SOURCE_H_
